// Event rules: which calls, asm statements, stores and tests of a kernel are events. They are data,
// cases/extract/events/*.json (schema: cases/schema/event-rules.schema.json), one file for each
// architecture, which `extends` what is common.
#pragma once

#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "model/diagnostic.h"
#include "tools/extract/event_graph.h"

namespace tlbmc::extract {

// Where a value of an event comes from: an argument of the call (or an input of the asm), what the
// call returns, the place that is stored to, what is stored, or what is tested.
struct ValueSource {
  enum class Kind { argument, result, slot, value, parameter };
  Kind kind = Kind::argument;
  std::size_t number = 0;  // of an argument
  std::string name;        // of a parameter of the function that the statement is in
};

// A condition on one argument, or on the slot of a store.
struct ArgumentCondition {
  std::size_t number = 0;
  std::optional<std::string> slot_of;   // the struct that it points into: "pte_t"
  std::optional<std::regex> text;       // what its text contains
  std::optional<std::uint64_t> equals;  // this constant
  bool negated = false;
};

struct EventRule {
  enum class Match {
    call,       // of one of `names`
    assembly,   // whose text matches `pattern`
    store,      // through a pointer to the struct names[0]
    test_mask,  // a branch on a member of the struct names[0]: (value & mask) == or != `expected`
    test_call   // a branch on what a call of one of `names` returned
  };
  std::string name;
  Match match = Match::call;
  std::vector<std::string> names;
  std::optional<std::regex> pattern;
  std::uint64_t mask = 0, expected = 0;
  bool not_expected = false;         // the test holds if the masked value is *not* `expected`
  std::set<std::string> in, not_in;  // functions that contain it; empty: any
  std::vector<ArgumentCondition> conditions;

  // It is used only if this function, which is in the dumps, has a member of this name.
  std::string requires_function, requires_member;

  std::string event;                         // kind; "none": nothing happens here
  std::map<std::string, std::string> words;  // "$1": what the pattern's first group matched
  std::map<std::string, ValueSource> values;
};

struct EventRules {
  std::string name;
  std::vector<EventRule> rules;  // the first that matches counts
  // Structs whose bit-fields are tested together, and the header that declares them.
  std::map<std::string, std::string> bit_fields;

  // What the rules for calls of `callee` are; indices into `rules`, in their order.
  [[nodiscard]] const std::vector<std::size_t>& for_call(const std::string& callee) const;
  [[nodiscard]] const std::vector<std::size_t>& of(EventRule::Match match) const;

  std::map<std::string, std::vector<std::size_t>, std::less<>> by_callee;
  std::map<EventRule::Match, std::vector<std::size_t>> by_match;
};

// Reads rules. Errors: as for any JSON input; a rule without a name, two rules of one name, a
// regular expression that is none, a rule that can never match because an earlier one without
// conditions takes its calls.
Result<EventRules> load_event_rules(const std::string& file);
// The same without the rules named; unknown names are an error.
Result<EventRules> without_rules(EventRules rules, const std::vector<std::string>& names);
// Makes the indices anew after `rules` were changed.
void index_rules(EventRules& rules);

}  // namespace tlbmc::extract
