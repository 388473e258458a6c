#include "tools/extract/address_ranges.h"

namespace tlbmc::extract {

namespace {

// Of the operand of a TLBI by address on arm64: the page's number.
constexpr std::uint64_t kPageNumber = (1ULL << 44U) - 1;
constexpr unsigned kPageShift = 12;

AddressExpr plus_page(const AddressExpr& start) { return start + parse_address("PAGE_SIZE", ""); }

}  // namespace

bool AddressRanges::operand_range(const Function& f, const Event& event, const Use& use,
                                  AddressExpr& start, AddressExpr& end) {
  const auto operand = event.values.find("operand");
  const std::string name = event.word("name");
  // vae1is, vale1is, vaae1is, vaale1is; those of ranges (rvae1is) are words.
  if (arch_ != "arm64" || operand == event.values.end() || !name.starts_with("va")) return false;
  const AddressExpr number = values_.value(f, operand->second, use, kPageNumber);
  const AddressExpr mask(kPageNumber), shift(kPageShift);
  start = AddressExpr::make(AddressExpr::Op::shift_left,
                            AddressExpr::make(AddressExpr::Op::bit_and, number, mask), shift);
  end = plus_page(start);
  return true;
}

Json AddressRanges::range(const Function& f, NodeId id, Phase phase) {
  const Event& event = *f.nodes[id].event;
  if (!event.word("range").empty()) return nullptr;
  const bool flushes = event.kind == "tlbi" || event.kind == "notify" || event.kind == "ipi-flush";
  if (!flushes) return nullptr;
  const Use use{id, phase};
  AddressExpr start, end;
  const auto value = [&](const char* name) {
    const auto found = event.values.find(name);
    return found == event.values.end() ? kNoExpr : found->second;
  };
  if (value("start") != kNoExpr && value("end") != kNoExpr) {
    start = values_.value(f, value("start"), use);
    end = values_.value(f, value("end"), use);
  } else if (value("address") != kNoExpr) {
    start = values_.value(f, value("address"), use);
    end = plus_page(start);
  } else if (value("range") != kNoExpr) {
    start = values_.member(f, value("range"), "start", use);
    end = values_.member(f, value("range"), "end", use);
  } else if (!operand_range(f, event, use, start, end)) {
    return nullptr;
  }
  // Of an unknown range: it may be that of the page, and it may not.
  for (const AddressExpr& one : {start, end})
    for (const std::string& name : names_of(one))
      if (name != "page" && values_.name(f, name).kind == AddressName::Kind::unknown)
        return {{"start", name}, {"end", name + " + PAGE_SIZE"}};
  return {{"start", text_of(start)}, {"end", text_of(end)}};
}

Json AddressRanges::arguments(const Function& f, NodeId node, const Function& callee,
                              const std::set<std::string>& names, Phase phase) {
  Json arguments = Json::object();
  for (const std::string& name : names)
    arguments[name] =
        text_of(values_.of_caller(callee, AddressExpr::name(name), f, node, {node, phase}));
  return arguments;
}

std::set<std::string> AddressRanges::names_in(const Json& expressions) {
  std::set<std::string> names;
  for (const auto& [key, text] : expressions.items())
    names.merge(names_of(parse_address(text.get<std::string>(), "")));
  names.erase("page");
  return names;
}

}  // namespace tlbmc::extract
