// What AddressValues keeps of a function.
#pragma once

#include <tuple>

#include "tools/extract/address_values.h"

namespace tlbmc::extract {

struct AddressValues::Facts {
  using Key = std::tuple<ExprId, NodeId, Phase, std::uint64_t>;

  explicit Facts(const Function& f);

  // There is a way from the first node to the second; one of no steps counts.
  [[nodiscard]] bool reaches(NodeId from, NodeId to) const;

  const Function& function;
  NaturalLoops loops;
  std::optional<NodeId> single_return;
  std::set<NodeId> returns;          // from which it may return: no BUG()
  std::map<ExprId, Induction> next;  // by what is raised
  std::map<std::string, AddressName> names;
  std::map<std::pair<ExprId, std::string>, std::string> unknowns;  // by what is not followed
  std::map<Key, std::optional<AddressExpr>> values;
};

}  // namespace tlbmc::extract
