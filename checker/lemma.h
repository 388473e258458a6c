// A case's claim for any number of threads, cut into lemmas: one property, one chain of TLBs, one
// permission of the tracked entry at a time.
//
// TLBs hold the entry independently of each other, but for an ATC, which is filled from the SMMU
// TLB; a violation is about one of them. The permission never changes. So the case is violated if
// and only if one of its lemmas is, and each lemma's system is smaller than the case's.
#pragma once

#include <string>
#include <vector>

#include "checker/case.h"

namespace tlbmc {

struct Lemma {
  Lemma(int which, bool writable, std::vector<Observer> chain)
      : property(which), entry_writable(writable), observers(std::move(chain)) {}
  int property;
  bool entry_writable;
  std::vector<Observer> observers;         // the chain: CPU TLB; SMMU TLB; SMMU TLB and ATC
  [[nodiscard]] std::string name() const;  // "no-stale-writable-cpu-tlb-rw": also a file name
  // Of all lemmas about the same TLBs and permission: "roles-cpu-tlb-rw"; at level table
  // "roles-table-cpu-tlb-rw".
  [[nodiscard]] std::string roles_name() const;

 private:
  [[nodiscard]] std::string about() const;
};

// All lemmas of a property. Those of an entry that the property never looks at are left out.
std::vector<Lemma> lemmas(const Case& question, int property);

struct LemmaGroup;
// The same lemmas of all of the case's properties, by chain of TLBs and permission, with systems
// that are made once for all of them.
std::vector<LemmaGroup> lemma_groups(const Case& question);

// The lemma's primitive system: one transition for each action, with the property's checks and the
// ghosts of model/roles.h, in a pool of its own. Its locations are the nodes of the case's program.
System lemma_system(const Case& question, const Lemma& lemma);

// The same, and beside it, in the same pool, the system without the ghosts.
struct LemmaSystem {
  System with_ghosts, plain;
};
LemmaSystem lemma_systems(const Case& question, const Lemma& lemma);

struct LemmaGroup {
  std::vector<Lemma> lemmas;
  LemmaSystem systems;  // with the checks of all of the case's properties
};
// Without the checks of other properties: of a group's systems, the lemma's.
System with_checks_of(System system, int property);

}  // namespace tlbmc
