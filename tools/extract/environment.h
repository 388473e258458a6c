// What is known at a place of a function: values of expressions, contents of places in memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/extract/meaning.h"
#include "tools/extract/prepared.h"
#include "tools/extract/value.h"

namespace tlbmc::extract {

// Facts by key (Prepared::keys()), sorted.
using Facts = std::vector<std::pair<std::size_t, Value>>;

class Environment {
 public:
  Environment(const Prepared& prepared, const Meaning& meaning,
              const std::vector<Value>& parameters, const EntryBits& bits)
      : prepared_(prepared), meaning_(meaning), parameters_(parameters), bits_(bits) {}

  Facts facts;

  [[nodiscard]] Value evaluate(ExprId e) const;
  // Takes the expression to be true, or false. False: it cannot be.
  bool assume(ExprId e, bool value);
  void set(std::size_t key, const Value& value);
  // What is known by this key; unknown if nothing is.
  [[nodiscard]] Value fact(std::size_t key) const;
  // A test told this of the value; of the place, too, if it was loaded and the place has not
  // changed.
  void learn(ExprId e, const Value& value);
  // The value of the expression is made anew: what depended on the old one is not known any more.
  void make(ExprId e, const Value& value);

  // What a load finds in its place.
  [[nodiscard]] Value contents(ExprId place) const;
  void store(NodeId node, ExprId place, const Value& value);
  // What the node may have changed in memory.
  void forget_changed(NodeId node);
  // The PTL is given up, or the PTE changes: what was read is not what is there any more.
  void release();
  // Leaves what is asked about from this node on; `wants`: what the function returns is, too.
  void prune(NodeId node, bool wants);

  // The level of the entry that the expression is the value of: "pte", "pmd", ...; empty: of none.
  [[nodiscard]] std::string level_of(ExprId e) const;
  // The part of the condition that is a PTE's value, for tests of it.
  [[nodiscard]] std::optional<ExprId> tested_pte(ExprId condition) const;

 private:
  [[nodiscard]] const Expression& at(ExprId e) const { return prepared_.function.expressions[e]; }
  [[nodiscard]] const Value* find(std::size_t key) const;
  [[nodiscard]] Value made_by_call(const Expression& call) const;
  [[nodiscard]] Value masked(const Value& pte, std::uint64_t mask) const;
  [[nodiscard]] Value any_of(const std::vector<ExprId>& flags) const;
  void raise(ExprId e, const std::string& comparison, const Value& with, bool holds);
  [[nodiscard]] bool is_pte(ExprId e) const;
  [[nodiscard]] bool is_made_of_pte(ExprId number) const;
  void erase(std::size_t key);

  const Prepared& prepared_;
  const Meaning& meaning_;
  const std::vector<Value>& parameters_;
  const EntryBits& bits_;
};

}  // namespace tlbmc::extract
