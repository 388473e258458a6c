// Which addresses the flushes and notifier calls of functions are for, as a placement writes them
// (docs/ranges.md), and what calls hand on for that.
#pragma once

#include <set>
#include <string>

#include "model/json_reader.h"
#include "tools/extract/address_values.h"

namespace tlbmc::extract {

class AddressRanges {
 public:
  // Keeps references.
  AddressRanges(const CallGraph& calls, const Meaning& meaning, std::string arch)
      : values_(calls, meaning), arch_(std::move(arch)) {}

  // What the event at this node is for: {"start", "end"}. Null: its rule says it in a word, or
  // nothing says it.
  Json range(const Function& f, NodeId node, Phase phase);
  // The arguments of a call of this function for these of its names.
  Json arguments(const Function& f, NodeId node, const Function& callee,
                 const std::set<std::string>& names, Phase phase);
  // A name for something in this function that is not followed.
  std::string unknown_name(const Function& f, const std::string& what) {
    return values_.unknown_name(f, what);
  }
  [[nodiscard]] const AddressName& name(const Function& f, const std::string& name) const {
    return values_.name(f, name);
  }

  // Names in what the two above give; `page` is not among them.
  static std::set<std::string> names_in(const Json& expressions);

 private:
  [[nodiscard]] bool operand_range(const Function& f, const Event& event, const Use& use,
                                   AddressExpr& start, AddressExpr& end);

  AddressValues values_;
  std::string arch_;
};

}  // namespace tlbmc::extract
