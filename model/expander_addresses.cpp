// Addresses of an expansion: names and their values, ranges, conditions that they decide.
#include <fmt/format.h>

#include "model/expander.h"

namespace tlbmc {

namespace {

// What is mapped through the table that leads to an entry of this size.
AddressExpr table_span(const AddressExpr& entry_size) {
  const AddressExpr pmd = size_of(EntryLevel::pmd), pud = size_of(EntryLevel::pud);
  const AddressExpr above = parse_address("512 * PUD_SIZE", "");
  if (names_of(entry_size).empty()) {
    const std::uint64_t size = evaluate(entry_size, {});
    return size < evaluate(pmd, {}) ? pmd : size < evaluate(pud, {}) ? pud : above;
  }
  const auto either = [](const AddressExpr& a, const AddressExpr& b, const AddressExpr& c) {
    return AddressExpr::make(AddressExpr::Op::conditional, a, b, c);
  };
  return either(entry_size < pmd, pmd, either(entry_size < pud, pud, above));
}

}  // namespace

Expander::AddressScope Expander::initial_scope(const Routine& routine) const {
  AddressScope scope;
  for (const auto& name : routine.addresses.names) scope[name] = AddressExpr::name(name);
  scope["page"] = AddressExpr::name("page");
  scope["entry_size"] = routine.addresses.entry_size;
  scope["entry"] = entry_of(routine.addresses.entry_size);
  return scope;
}

Expander::AddressScope Expander::inner_scope(const Frame& caller) const {
  AddressScope scope;
  for (const auto& name : kAddressNames) scope[name] = caller.addresses.at(name);
  return scope;
}

AddressExpr Expander::resolve(const AddressExpr& e, const Frame& frame,
                              const Statement& statement) const {
  for (const auto& name : names_of(e)) {
    const auto found = frame.addresses.find(name);
    if (found == frame.addresses.end())
      throw InputError(Diagnostic{
          frame.file, statement.path,
          frame.parameters.contains(name)
              ? fmt::format("\"{}\" is true or false here, expected an address", name)
              : fmt::format("the address \"{}\" has no value here, expected one that has", name)});
    if (found->second.empty())
      throw InputError(Diagnostic{
          frame.file, statement.path,
          fmt::format("the value of \"{}\" depends on which way the run went; expected an address "
                      "that the operation's parameters give",
                      name)});
  }
  try {
    return substitute(e, frame.addresses);
  } catch (const InputError& error) {
    throw InputError(Diagnostic{frame.file, statement.path, error.diagnostic().message});
  }
}

AddressRange Expander::resolve(const AddressRange& range, const Frame& frame,
                               const Statement& statement) const {
  AddressRange result{
      resolve(range.start, frame, statement), resolve(range.end, frame, statement), {}};
  if (!range.stride.empty()) result.stride = resolve(range.stride, frame, statement);
  return result;
}

// What the range has to meet. A PTE is one, whatever the size of the entry that a TLB makes of it;
// an entry of a walk cache goes by any address that is translated through it.
RangeUse Expander::use_of(const AddressRange& range, const Action& action,
                          const Frame& frame) const {
  if (is_about_pte(action)) return {range, frame.addresses.at("page"), AddressExpr(1), false};
  if (level() == Level::leaf)
    return {range, frame.addresses.at("entry"), frame.addresses.at("entry_size"), false};
  const AddressExpr span = table_span(frame.addresses.at("entry_size"));
  return {range, entry_of(span), span, false};
}

// Where it has to be decided whether the action reaches the tracked page.
std::optional<AddressRange> Expander::range_of(const Primitive& what, const Frame& frame,
                                               const Statement& statement) const {
  // A gather has something to flush, whichever page was added.
  if (std::holds_alternative<GatherAction>(what.action)) return std::nullopt;
  if (what.range && what.range->exact) return resolve(*what.range->exact, frame, statement);
  const auto* smmu = std::get_if<SmmuAction>(&what.action);
  if (!what.range && smmu && (smmu->op == SmmuOp::tlbi || smmu->op == SmmuOp::atc_inv))
    return frame.notified.exact;
  return std::nullopt;
}

bool Expander::decide(const AddressExpr& condition, const Frame& frame,
                      const Statement& statement) {
  if (!settle(defined(condition), frame, statement)) {
    std::string at;
    for (const auto& name : names_of(condition))
      at += fmt::format("{}{}={:#x}", at.empty() ? "" : ", ", name, valuation_->at(name));
    throw InputError(Diagnostic{
        frame.file, statement.path,
        fmt::format("\"{}\" is undefined{}{} (a division by 0, a shift by 64 or more, no power of "
                    "two, or ilog2(0)), expected \"where\" or a condition to exclude that",
                    text_of(condition), at.empty() ? "" : " at ", at)});
  }
  return settle(condition, frame, statement);
}

bool Expander::settle(const AddressExpr& condition, const Frame& frame,
                      const Statement& statement) {
  if (names_of(condition).empty()) return evaluate(condition, {}) != 0;
  if (!valuation_)
    throw InputError(Diagnostic{
        frame.file, statement.path,
        fmt::format("\"{}\" depends on addresses, whose cases are not known", text_of(condition))});
  const bool value = evaluate(condition, *valuation_) != 0;
  if (decided_.insert(text_of(condition)).second) decisions_.push_back({condition, value});
  return value;
}

void Expander::join(AddressScope& into, const AddressScope& other) {
  for (auto& [name, value] : into) {
    const auto found = other.find(name);
    const bool same = found != other.end() && !value.empty() && !found->second.empty() &&
                      text_of(value) == text_of(found->second);
    if (!same) value = {};
  }
  for (const auto& [name, value] : other) into.try_emplace(name, AddressExpr());
}

}  // namespace tlbmc
