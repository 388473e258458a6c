#include "litmus/test.h"

#include <algorithm>

#include <fmt/format.h>

namespace tlbmc::litmus {

Value Test::initial(const Value& location) const {
  const auto found = memory.find(location);
  if (found != memory.end()) return found->second;
  if (location.kind == Value::Kind::address) return litmus::number(0);
  return {Value::Kind::descriptor, location.symbol, kDefaultDescriptor};
}

Value Test::canonical(const Value& location) const {
  if (location.kind != Value::Kind::table) return location;
  const int table = table_of(location.symbol);
  if (table < 0) return location;
  return {Value::Kind::table, *tables[static_cast<std::size_t>(table)].begin(), 0};
}

int Test::table_of(Symbol page) const {
  for (std::size_t i = 0; i < tables.size(); ++i)
    if (tables[i].contains(page)) return static_cast<int>(i);
  return -1;
}

std::string Test::text(const Value& value) const {
  const auto page = [&] { return symbol(value.symbol); };
  switch (value.kind) {
    case Value::Kind::number: return fmt::format("{}", static_cast<std::int64_t>(value.number));
    case Value::Kind::address: return page();
    case Value::Kind::pte: return fmt::format("PTE({})", page());
    case Value::Kind::table: return fmt::format("PMD({})", page());
    case Value::Kind::page: return fmt::format("{}>>12", page());
    case Value::Kind::label: {
      const Thread& thread = threads[static_cast<std::size_t>(value.symbol)];
      const auto& labels = thread.at(value.number).labels;
      return fmt::format("P{}:{}", value.symbol,
                         labels.empty() ? fmt::format("+{}", value.number) : labels.front());
    }
    case Value::Kind::descriptor: break;
  }
  std::string text = fmt::format("(oa:PA({})", page());
  const DescriptorBits bits = bits_of(value);
  if (!bits.access_flag) text += ", af:0";
  if (!bits.dirty) text += ", db:0";
  if (bits.dirty_modifier) text += ", dbm:1";
  if (!bits.valid) text += ", valid:0";
  if (!bits.user) text += ", el0:0";
  return text + ")";
}

bool Test::updates_access_flags() const {
  return std::any_of(threads.begin(), threads.end(), [](const Thread& thread) {
    return thread.walker.sets_access_flag || thread.walker.sets_dirty;
  });
}

}  // namespace tlbmc::litmus
