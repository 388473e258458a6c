// What an expression of a function is as an address: an AddressExpr over names that its caller
// gives a value (parameters, members of structs behind them), names with a meaning of their own
// (cases/extract/meaning.json, "addresses"), and names of what could not be followed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/address.h"
#include "tools/extract/call_graph.h"
#include "tools/extract/meaning.h"
#include "tools/extract/natural_loops.h"

namespace tlbmc::extract {

// Where among the rounds of loops over PTEs: in none, in the one that meets the tracked page, in
// another.
enum class Phase { outside, meeting, other };

// Where a value is used.
struct Use {
  NodeId node = 0;
  Phase phase = Phase::outside;
};

// A place in memory: members behind a parameter, or of a local variable.
struct MemberPath {
  struct Step {
    bool behind = false;  // ->member, else .member
    std::string member;
    std::string in;  // "mmu_gather"; empty: not known
    friend auto operator<=>(const Step&, const Step&) = default;
  };
  std::optional<std::size_t> parameter;
  std::string local;
  std::vector<Step> steps;  // at least one
  [[nodiscard]] std::string text(const Function& function) const;
  // The same members, whatever is known of their structs.
  [[nodiscard]] bool is_same(const MemberPath& other) const;
};

// What a name in the expressions of a function stands for.
struct AddressName {
  enum class Kind {
    parameter,  // of the function: `parameter`
    member,     // what is at `path`
    meaning,    // what the data says; the same in every function
    unknown     // any value; the same in every function
  };
  Kind kind = Kind::unknown;
  std::size_t parameter = 0;
  MemberPath path;
  std::string why;  // of an unknown: what was not followed, and where
  [[nodiscard]] bool is_same(const AddressName& other) const {
    return kind == other.kind && parameter == other.parameter && path.is_same(other.path);
  }
};

class AddressValues {
 public:
  // Keeps references.
  AddressValues(const CallGraph& calls, const Meaning& meaning);
  ~AddressValues();

  // Of the expression's value the bits in `bits`; others may differ. What cannot be followed is an
  // unknown name.
  AddressExpr value(const Function& f, ExprId e, const Use& use, std::uint64_t bits = ~0ULL);
  // What the member of a struct holds: `place` is the struct, or what points to it.
  AddressExpr member(const Function& f, ExprId pointer, const std::string& name, const Use& use);
  // An expression of the callee as one of the caller, at a call of it.
  AddressExpr of_caller(const Function& callee, const AddressExpr& e, const Function& caller,
                        NodeId call, const Use& use);
  // A name for something in this function that is not followed.
  std::string unknown_name(const Function& f, const std::string& what);
  [[nodiscard]] const AddressName& name(const Function& f, const std::string& name) const;
  // Whether the expression has an unknown name in it.
  [[nodiscard]] bool is_followed(const Function& f, const AddressExpr& e) const;

 private:
  struct Facts;
  using Followed = std::optional<AddressExpr>;
  Facts& facts(const Function& f);
  [[nodiscard]] Followed follow(const Function& f, ExprId e, const Use& use, std::uint64_t bits);
  Followed operation(const Function& f, const Expression& e, const Use& use, std::uint64_t bits);
  Followed comparison(const Function& f, const Expression& e, const Use& use);
  Followed phi(const Function& f, ExprId e, const Use& use, std::uint64_t bits);
  Followed round(const Function& f, const Induction& induction, const Use& use);
  static Followed round_of_multiples(const Function& f, const Induction& induction);
  Followed span(const Function& f, const Induction& induction, const Use& use);
  Followed behind(const Function& f, ExprId e, const Induction& induction, const Use& use);
  Followed taken(const Function& f, NodeId from, std::size_t edge, Phase phase);
  Followed reached(const Function& f, NodeId top, NodeId node, const Use& use,
                   std::map<NodeId, Followed>& known);
  Followed joined(const Function& f, const Expression& e, const Use& use, std::uint64_t bits);
  Followed result(const Function& f, ExprId e, const Use& use);
  Followed load(const Function& f, const Expression& e, const Use& use);
  Followed contents(const Function& f, const MemberPath& path, const Use& use);
  Followed stored_by(const Function& f, NodeId node, const MemberPath& path, const Use& use);
  std::optional<MemberPath> path_of(const Function& f, ExprId place);
  std::optional<MemberPath> path_behind(const Function& f, ExprId pointer,
                                        const std::vector<MemberPath::Step>& steps);
  bool may_store(const Function& f, NodeId node, const MemberPath& path);
  bool may_assign(const Function& f, const Assign& assign, const MemberPath& path);
  bool is_handed(const Function& f, ExprId pointer, const MemberPath& path);
  bool stores(const Function& f, const MemberPath& path);
  [[nodiscard]] bool is_over_ptes(const Function& f, const NaturalLoop& loop) const;
  Followed meaning_of(const AddressMeanings& meanings, const std::string& of);
  AddressExpr named(const Function& f, const std::string& wanted, const AddressName& name);
  AddressExpr unknown(const Function& f, ExprId e, const Use& use, const std::string& what = "?");

  const CallGraph& calls_;
  const Meaning& meaning_;
  std::map<const Function*, std::unique_ptr<Facts>> facts_;
  std::map<std::string, AddressName> shared_names_;  // meanings and unknowns
  std::set<std::string> meant_;                      // the names of meanings
  std::map<std::pair<const Function*, std::vector<MemberPath::Step>>, bool> stores_;
  std::set<const Function*> open_;
  int depth_ = 0;
};

}  // namespace tlbmc::extract
