// Single-action mutations: what a placement becomes when one thing in it is left out, weakened or
// moved. They answer two questions: "is this call needed?" and "could this check ever fail?".
//
// A mutation is named by what it does and by the source line that it does it to. Statements of one
// routine that stand for the same source line and say the same are mutated together: the format
// writes a line twice when two branches pass it.
//
// What is not left out: a `rely` and a PTE store (they are what the operation is for; a clear
// becomes a read, so that the operation still remembers the PTE), `page put` (a page that is never
// freed violates nothing), `page alloc` and `find` (which page it is, is the environment's choice),
// and what has no effect in the model (docs/semantics.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/machine.h"
#include "model/placement.h"

namespace tlbmc {

enum class MutationKind {
  drop,    // the statement is left out; of a call, all that it does
  weaken,  // dsb ish, context-switch -> dsb ishst; ptesync -> eieio; pte clear -> pte read
  keep_walk_caches,  // a TLBI, an IPI flush becomes leaf-only
  make_local,        // a broadcast TLBI reaches this CPU only
  force,             // a test always, or never, succeeds
  earlier,           // the statement comes before the invalidation that precedes it
  drop_lock          // an operation does without a lock: every lock and unlock of it is left out
};

struct Mutation {
  MutationKind kind;
  std::vector<std::string> paths;  // of the statements; of drop_lock: of the operation
  // Of earlier: for each path, the calls that lead to where it goes, and what it comes before
  // there.
  std::vector<std::vector<std::string>> before;
  bool value = false;     // of force: what the test is said to be
  Lock lock = Lock::ptl;  // of drop_lock
  std::string place;      // the routine, the operation or the driver's callback
  std::string at;         // the source line, or the path where there is none
  std::string text;       // "drop dsb ishst"

  // "drop dsb ishst, arch/arm64/include/asm/tlbflush.h:310": stable, unique in its placement.
  [[nodiscard]] std::string name() const { return text + ", " + at; }
};

// What a mutation changes: the driver's steps belong to the machine.
struct Subject {
  Placement placement;
  Machine machine;
};

// Every mutation of what these operations do (none given: all operations), in the order of the
// operations, each followed by its routines; the driver's steps come last. Some of them leave a
// lock held or change nothing in these operations: expand() tells.
std::vector<Mutation> mutations(const Subject& subject, const std::vector<std::string>& operations);

// The instruction that does the same for leaf entries only: vale1is for vae1is. Or none.
std::optional<std::string> leaf_only_form(const std::string& instruction);
// What a barrier that completes TLBIs becomes.
BarrierKind weakened(BarrierKind kind);

// Precondition: `mutation` is one of the subject's.
Subject mutate(Subject subject, const Mutation& mutation);

// The subject whose TLBIs and SMMU commands do nothing: its TLBs never lose an entry. What is not
// violated there depends on no invalidation.
Subject without_invalidations(Subject subject);

}  // namespace tlbmc
