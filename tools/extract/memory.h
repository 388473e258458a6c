// Places in memory: which a function asks about, and what may change what is in them.
//
// What is known of a place is kept by its text ("vmf->pte"). Two texts may be the same place, so
// that a store also changes what it may be: in a struct that only one thread uses, the same member
// behind any pointer; elsewhere, whatever shares the name of a member. A call changes what its
// callee, or one below it, may store; of a callee without a body, every struct that it is handed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/extract/call_graph.h"

namespace tlbmc::extract {

// Members of structs: "vm_fault.pte"; "vm_fault.*" is any of them.
using Members = std::set<std::string>;

// What functions store in structs that only one thread uses.
class MemoryEffects {
 public:
  // Keeps references.
  MemoryEffects(const Unit& unit, const CallGraph& calls, const std::set<std::string>& own_structs);

  // By the call at this node: its callee, and all below it.
  [[nodiscard]] Members of_call(const Function& caller, const Node& node) const;
  [[nodiscard]] bool is_own(const std::string& name) const { return own_.contains(name); }
  // The member of such a struct that a place is in; empty: of none.
  [[nodiscard]] std::string member_of(const Function& function, ExprId place) const;

 private:
  [[nodiscard]] Members handed(const Function& caller, const Call& call) const;

  const CallGraph& calls_;
  const std::set<std::string>& own_;
  std::map<const Function*, Members> written_;
};

// Of the number in an entry that is kept somewhere ("vmf->orig_pte.pte") the entry; else the place.
ExprId entry_at(const Function& function, ExprId place);

class Memory {
 public:
  // The places that the function loads, and its locals. Keeps a reference to the function.
  Memory(const Function& function, const MemoryEffects& effects);

  [[nodiscard]] std::size_t size() const { return places_.size(); }
  // The number of a place; -1: it is not asked about.
  [[nodiscard]] int number(ExprId place) const { return by_expression_[place]; }
  // The same, by its text.
  [[nodiscard]] int find(const std::string& text) const;
  [[nodiscard]] const std::string& text(std::size_t number) const { return places_[number].text; }
  // It is what a parameter points to, in a struct that only this thread uses: which parameter. -1:
  // it is not.
  [[nodiscard]] int parameter(std::size_t number) const { return places_[number].parameter; }
  // It is in a struct that only this thread uses.
  [[nodiscard]] bool is_own(std::size_t number) const { return !places_[number].member.empty(); }
  // Places whose contents the node may change: those that it stores to are among them.
  [[nodiscard]] const std::vector<int>& changed_at(NodeId node) const { return changed_[node]; }

 private:
  struct Place {
    std::string text;
    std::string local;   // the variable that it is in, or is
    std::string member;  // of a struct that only one thread uses
    std::vector<std::string> fields;
    int parameter = -1;
  };
  [[nodiscard]] Place describe(ExprId place) const;
  [[nodiscard]] std::vector<int> changed_by_store(ExprId place) const;
  [[nodiscard]] std::vector<int> changed_by_call(const Node& node) const;

  const Function& function_;
  const MemoryEffects& effects_;
  std::vector<Place> places_;
  std::map<std::string, int> numbers_;
  std::vector<int> by_expression_;
  std::vector<std::vector<int>> changed_;
};

}  // namespace tlbmc::extract
