// Summaries of functions: what a function does in a context, as an automaton over actions and calls
// of other summaries.
//
// A context is what the caller knows: constant arguments, the locks that are held, whether the
// gather has something to flush, whether the page that is tracked is at hand at all. A function is
// explored once for each context that occurs. Nothing is inlined: a call is an edge that goes on by
// the exits of the callee's summary, and an exit says what was returned and what is held then.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/action.h"
#include "tools/extract/address_ranges.h"
#include "tools/extract/automaton.h"
#include "tools/extract/call_graph.h"
#include "tools/extract/meaning.h"
#include "tools/extract/prepared.h"
#include "tools/extract/value.h"

namespace tlbmc::extract {

// What the entry is known to be, by what the operation stored or found there. `absent`: empty or
// non-present.
enum class There { unknown, empty, absent, present };

// What is followed through an operation, beside the values of expressions.
struct Thread {
  std::array<std::uint8_t, kLockNames.size()> held{};  // how often, by Lock
  std::array<bool, kLockNames.size()> shared{};
  bool remembers = false;  // the PTE was looked at
  bool refers = false;     // the caller has a reference to the page that the first look will find
  bool stored = false;     // the PTE was changed since the PTL was taken, or the function entered
  There there = There::unknown;  // as long as the PTL is held
  bool agrees = false;           // under the PTL: the PTE is the one that is remembered
  // Followed where it is asked about: the entry that was taken out last was writable; what was
  // stored since is not.
  bool was_writable = false, lowered = false;
  bool gathered = false;  // the gather has something to flush
  bool batched = false;   // a batched flush is due

  // Leaves the locks, and of the rest these parts (bits of Part).
  void keep(unsigned parts);
  friend auto operator<=>(const Thread&, const Thread&) = default;
};

struct Context {
  const Function* function = nullptr;
  std::vector<Value> parameters;  // unknown where it makes no difference
  Thread thread;
  std::vector<std::pair<std::string, Value>> memory;  // what is behind its parameters, by text
  bool live = true;                                   // the tracked page may be met in it
  bool wants = true;                                  // what it returns is asked about
  bool huge = false;   // it is given a huge entry as if it were a PTE
  unsigned after = 0;  // parts of the thread that are asked about when it has returned
  friend auto operator<=>(const Context&, const Context&) = default;
};

struct Exit {
  Value result;
  Thread thread;
  friend auto operator<=>(const Exit&, const Exit&) = default;
};

// The exit in words: what is returned, and what changed since the function was entered with
// `before`.
std::string exit_name(const Exit& exit, const Thread& before);

// What is taken for granted: of what kind ("indirect calls that are not followed"), and where.
struct Assumption {
  std::string kind, detail;
  friend auto operator<=>(const Assumption&, const Assumption&) = default;
};

// What an exploration passed, before it was made small.
struct Exploration {
  Automaton automaton;
  std::vector<std::optional<Place>> places;  // by state; nothing: between two actions of a node
};

struct Summary {
  std::string name;     // of the routine in the placement
  std::string context;  // in words
  const Function* function = nullptr;
  Automaton automaton;
  std::vector<std::pair<std::string, Exit>> exits;
  std::set<Assumption> assumptions;  // of this function alone
  std::set<const Summary*> calls;
  std::set<std::string> addresses;  // names in its ranges, and in the arguments of its calls
  bool idle = false;                // it does nothing, and ends in one way
  std::size_t explored = 0;
  std::optional<Exploration> exploration;  // if it is kept

  [[nodiscard]] const Exit* exit(const std::string& exit_name) const;
};

// How much of the way that a run of a function came is remembered. Less makes fewer states and more
// runs; what is tried first is the most.
enum class Recall { everything, results, nothing };  // results: of calls, and what PTEs were
// States of one function, by Recall.
inline constexpr std::array<std::size_t, 3> kMaxStates{2'000, 20'000, 50'000};

class Summaries {
 public:
  // Keeps references. `entry`: the level of the tracked entry; `suffix`: of all names.
  Summaries(const CallGraph& calls, const Meaning& meaning, const MemoryEffects& effects,
            const std::string& arch, EntryLevel entry, std::string suffix);
  ~Summaries();

  const Summary& of(const Context& context);
  // From now on, summaries have their explorations.
  void keep_explorations() { keeps_explorations_ = true; }
  [[nodiscard]] bool keeps_explorations() const { return keeps_explorations_; }
  // From now on, actions and calls say which addresses they are for. Keeps a pointer.
  void follow_ranges(AddressRanges* ranges) { ranges_ = ranges; }
  [[nodiscard]] AddressRanges* ranges() const { return ranges_; }
  // All so far, in the order in which they were finished: callees first.
  [[nodiscard]] const std::vector<std::unique_ptr<Summary>>& all() const { return all_; }

  // For the exploration of a function:
  [[nodiscard]] const Prepared& prepared(const Function& function);
  [[nodiscard]] bool is_open(const Function& function) const { return open_.contains(&function); }
  [[nodiscard]] const CallGraph& calls() const { return calls_; }
  [[nodiscard]] const Meaning& meaning() const { return meaning_; }
  [[nodiscard]] EntryLevel entry() const { return entry_; }
  [[nodiscard]] const MemoryEffects& effects() const { return effects_; }
  [[nodiscard]] const EntryBits& entry_bits() const { return entry_bits_; }

 private:
  std::string free_name(const std::string& name);

  const CallGraph& calls_;
  const Meaning& meaning_;
  const MemoryEffects& effects_;
  EntryLevel entry_;
  std::string suffix_;
  EntryBits entry_bits_;
  std::map<const Function*, std::unique_ptr<Prepared>> prepared_;
  std::map<Context, const Summary*> known_;
  std::map<std::pair<const Function*, std::string>, std::vector<Summary*>> alike_;
  std::vector<std::unique_ptr<Summary>> all_;
  std::set<const Function*> open_;
  std::map<std::string, int> names_;
  bool keeps_explorations_ = false;
  AddressRanges* ranges_ = nullptr;
};

}  // namespace tlbmc::extract
