#include "tools/extract/meaning.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "model/address.h"
#include "model/placement.h"

namespace tlbmc::extract {

namespace {

using Kind = ConditionMeaning::Kind;

std::regex pattern(const JsonNode& node) {
  try {
    return std::regex(node.string(), std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& error) {
    node.fail(fmt::format("expected a regular expression: {}", error.what()));
  }
}

ConditionMeaning read_condition_meaning(const JsonNode& node) {
  node.object({"function", "text", "pte", "gather", "batch", "is", "once", "after", "why"});
  ConditionMeaning result;
  if (const auto function = node.get("function")) result.function = function->string();
  result.text = pattern(node.at("text"));
  if (const auto is = node.get("is")) result.value = is->boolean();
  if (const auto why = node.get("why")) result.why = why->string();
  if (const auto pte = node.get("pte")) {
    pte->one_of({"none", "absent", "present", "readonly", "writable", "same"});
    result.word = pte->string();
  } else if (const auto gather = node.get("gather")) {
    result.kind =
        gather->one_of({"pending", "nested"}) == 0 ? Kind::gather_pending : Kind::gather_nested;
  } else if (const auto batch = node.get("batch")) {
    result.kind = batch->one_of({"own", "pending"}) == 0 ? Kind::batch_own : Kind::batch_pending;
  } else if (const auto once = node.get("once")) {
    result.kind = Kind::once;
    if (const auto after = node.get("after")) result.after = after->string();
    result.value = once->boolean();
    if (result.why.empty()) node.fail("expected \"why\" beside \"once\"");
  } else {
    result.kind = Kind::constant;
    if (result.why.empty() || !node.has("is"))
      node.fail("expected one of the keys pte, gather, batch, or \"is\" with \"why\"");
  }
  return result;
}

PteMaker read_maker(const JsonNode& node) {
  node.object({"of", "frame", "write", "number"});
  PteMaker maker;
  if (const auto of = node.get("of")) maker.of = of->number();
  if (const auto frame = node.get("frame")) {
    constexpr Frame kFrames[] = {Frame::unknown, Frame::old,  Frame::fresh,
                                 Frame::swap,    Frame::swap, Frame::none};
    const std::size_t which = frame->one_of({"unknown", "old", "new", "swap", "invalid", "none"});
    maker.frame = kFrames[which];
    maker.absent = which == 3 || which == 5;
  }
  if (const auto write = node.get("write")) {
    constexpr Write kWrites[] = {Write::unknown, Write::kept, Write::yes, Write::no};
    maker.write = kWrites[write->one_of({"unknown", "kept", "yes", "no"})];
  }
  if (const auto number = node.get("number")) maker.number = number->boolean();
  if (!maker.of && !maker.frame) node.fail("expected \"of\" or \"frame\"");
  return maker;
}

constexpr std::array<std::string_view, 3> kArchitectures{"arm64", "x86", "powerpc"};

void check_architecture(const JsonNode& node, const std::string& arch) {
  if (std::find(kArchitectures.begin(), kArchitectures.end(), arch) == kArchitectures.end())
    node.fail(fmt::format("no architecture \"{}\", expected arm64, x86 or powerpc", arch));
}

// Names that stand for something else in every placement.
bool is_taken(const std::string& name) {
  const auto is = [&](const std::string& other) { return other == name; };
  return std::any_of(kAddressNames.begin(), kAddressNames.end(), is) ||
         std::any_of(kRangeNames.begin(), kRangeNames.end(), is) || name.starts_with("unknown_");
}

// `key`: of what form the keys are.
AddressMeanings read_addresses(const JsonNode& node, const char* key) {
  AddressMeanings all;
  const bool dotted = std::string_view(key).find('.') != std::string_view::npos;
  for (const auto& [of, one] : node.members()) {
    one.object({"name", "where", "why"});
    const std::size_t dot = of.find('.');
    if (dotted && (dot == std::string::npos || dot == 0 || dot + 1 == of.size()))
      one.fail(fmt::format("expected the key to be \"{}\"", key));
    AddressMeaning meaning{one.at("name").string(), {}, one.at("why").string()};
    if (!is_address_name(meaning.name)) one.at("name").fail("expected a name for an address");
    if (is_taken(meaning.name)) one.at("name").fail("this name is taken, expected another one");
    if (const auto where = one.get("where"))
      for (const JsonNode& condition : where->elements())
        meaning.where.push_back(text_of(parse_address(condition.string(), condition.path())));
    all[of] = std::move(meaning);
  }
  return all;
}

// Conditions are over names that this file gives.
void check_conditions(const JsonNode& root) {
  constexpr std::array<const char*, 3> kKeys{"address-results", "address-members",
                                             "address-locals"};
  std::set<std::string> known(kAddressNames.begin(), kAddressNames.end());
  const auto for_each = [&](const auto& visit) {
    for (const char* key : kKeys)
      if (const auto node = root.get(key))
        for (const auto& [of, one] : node->members()) visit(one);
  };
  for_each([&](const JsonNode& one) { known.insert(one.at("name").string()); });
  for_each([&](const JsonNode& one) {
    if (const auto where = one.get("where"))
      for (const JsonNode& condition : where->elements())
        for (const std::string& name :
             names_of(parse_address(condition.string(), condition.path())))
          if (!known.contains(name))
            condition.fail(fmt::format("no address \"{}\" here, expected one of: {}", name,
                                       fmt::join(known, ", ")));
  });
}

}  // namespace

const ConditionMeaning* Meaning::find(std::string_view function,
                                      const std::string& condition) const {
  for (const ConditionMeaning& meaning : conditions)
    if ((meaning.function.empty() || meaning.function == function) &&
        std::regex_search(condition, meaning.text))
      return &meaning;
  return nullptr;
}

bool Meaning::is_awaited(std::string_view kind) const {
  return std::any_of(conditions.begin(), conditions.end(),
                     [&](const ConditionMeaning& meaning) { return meaning.after == kind; });
}

Meaning read_meaning(const JsonNode& root) {
  root.object({"$schema", "about", "conditions", "results", "pte-values", "pte-readers",
               "own-structs", "struct-readers", "const-members", "whole-loops", "cuts",
               "present-bits", "or-keeps-write", "address-results", "address-members",
               "address-locals"});
  Meaning meaning;
  if (const auto conditions = root.get("conditions"))
    for (const auto& node : conditions->elements())
      meaning.conditions.push_back(read_condition_meaning(node));
  if (const auto results = root.get("results"))
    for (const auto& [name, node] : results->members()) {
      node.object({"returns", "at-least", "why"});
      const auto least = node.get("at-least");
      if (least && least->number() == 0) least->fail("expected at least 1");
      meaning.results[name] = {
          least ? Value::at_least(least->number()) : Value::of(node.at("returns").number()),
          node.at("why").string()};
    }
  if (const auto makers = root.get("pte-values"))
    for (const auto& [name, node] : makers->members()) meaning.pte_makers[name] = read_maker(node);
  if (const auto readers = root.get("pte-readers"))
    for (std::string& name : readers->strings()) meaning.pte_readers.insert(std::move(name));
  if (const auto own = root.get("own-structs"))
    for (std::string& name : own->strings()) meaning.own_structs.insert(std::move(name));
  if (const auto bits = root.get("present-bits"))
    for (const auto& [arch, node] : bits->members()) {
      check_architecture(node, arch);
      const std::size_t number = node.number();
      if (number >= 64) node.fail("expected the number of a bit, less than 64");
      meaning.entry_bits[arch].present = std::uint64_t{1} << number;
    }
  if (const auto archs = root.get("or-keeps-write"))
    for (const JsonNode& arch : archs->elements()) {
      check_architecture(arch, arch.string());
      meaning.entry_bits[arch.string()].or_keeps_write = true;
    }
  if (const auto members = root.get("const-members"))
    for (std::string& name : members->strings()) meaning.const_members.insert(std::move(name));
  if (const auto readers = root.get("struct-readers"))
    for (std::string& name : readers->strings()) meaning.struct_readers.insert(std::move(name));
  if (const auto loops = root.get("whole-loops"))
    for (const auto& [name, why] : loops->members()) meaning.whole_loops[name] = why.string();
  if (const auto cuts = root.get("cuts"))
    for (const auto& [name, why] : cuts->members()) meaning.cuts[name] = why.string();
  if (const auto results = root.get("address-results"))
    meaning.address_results = read_addresses(*results, "function");
  if (const auto members = root.get("address-members"))
    meaning.address_members = read_addresses(*members, "struct.member");
  if (const auto locals = root.get("address-locals"))
    meaning.address_locals = read_addresses(*locals, "function.variable");
  check_conditions(root);
  return meaning;
}

Result<Meaning> load_meaning(const std::string& file) {
  return capture(file, [&] { return read_meaning(JsonNode(read_json(file), "")); });
}

}  // namespace tlbmc::extract
