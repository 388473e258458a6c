// The verdicts of a placement, operation by operation, and what changed from one placement to the
// next: for the review of a patch, and for each step of a series.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checker/budget.h"
#include "checker/trace.h"

namespace tlbmc {

struct VerdictCell {
  Decision::Kind kind = Decision::Kind::open;
  std::optional<Trace> trace;  // of `violated`, replayed
  std::string reason;          // of `open`
  bool asked = false;          // false: the property means nothing for the operations
  int depth = 0;               // of the search, or the length of the counterexample
  int threads = 0;             // of the counterexample
  bool complete = true;        // false: `open` because it was out of time or interrupted
};

struct VerdictTable {
  std::string placement, machine;  // names
  std::vector<int> properties;     // indices in the catalogue
  std::vector<std::string> operations;
  // A row for each operation by itself, then one for all of them together; a cell for each
  // property.
  std::vector<std::vector<VerdictCell>> rows;
  bool complete = true;  // false: out of time or interrupted

  [[nodiscard]] const std::vector<VerdictCell>& together() const { return rows.back(); }
  // By itself. Nothing: there is no such operation.
  [[nodiscard]] const std::vector<VerdictCell>* alone(const std::string& operation) const;
};

struct TableQuestion {
  Placement placement;
  Machine machine;
  std::vector<std::string> operations;  // none: all
  std::vector<int> properties;
};

// Error: the placement cannot be expanded on the machine.
Result<VerdictTable> verdict_table(const TableQuestion& question, const Budget& budget);

enum class Change {
  still_proved,
  newly_proved,  // was violated, or unknown
  newly_broken,  // violated, and was not
  still_broken,
  now_unknown,  // was proved or violated
  still_unknown,
  not_asked,  // before or after, or both
};
inline constexpr std::array<std::string_view, 7> kChangeNames{
    "still proved", "newly proved",  "newly broken", "still broken",
    "now unknown",  "still unknown", "not asked"};

Change change(Decision::Kind before, Decision::Kind after);

struct ChangedCell {
  std::string operation;  // empty: all together
  int property;
  Change change;
  const VerdictCell* before;
  const VerdictCell* after;
};

struct Comparison {
  std::vector<ChangedCell> cells;           // of the operations that both have, and together
  std::vector<std::string> added, removed;  // operations

  [[nodiscard]] bool breaks_anything() const;  // violated, and was not
  [[nodiscard]] bool breaks_proofs() const;    // violated, and was proved
  [[nodiscard]] bool loses_proofs() const;     // unknown, and was proved

 private:
  [[nodiscard]] bool any_proved_becomes(Decision::Kind kind) const;
};

// Precondition: both tables have the same properties. They must outlive the result.
Comparison compare(const VerdictTable& before, const VerdictTable& after);

}  // namespace tlbmc
