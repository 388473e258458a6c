// A machine: which TLBs observe the page table, what broadcast TLB maintenance reaches, and what
// the IOMMU driver does when the mmu notifier calls it.
//
// Sources: docs/semantics.md; the drivers' steps carry the kernel lines they stand for.
#pragma once

#include <map>
#include <set>
#include <string>

#include "model/instruction.h"
#include "model/placement.h"

namespace tlbmc {

// A cache that can hold a translation.
enum class Observer { cpu_tlb, smmu_tlb, atc };
inline constexpr std::size_t kObservers = 3;

struct Driver {
  std::string about;
  bool shares_asid = false;  // SVA contexts use the CPU's ASID, so broadcast TLBI can match them
  std::map<NotifyKind, Body> callbacks;
  std::set<NotifyKind> may_sleep;  // callbacks that may
};

struct Machine {
  std::string file;
  std::string name;
  std::string about;
  Architecture architecture = Architecture::arm64;
  std::array<bool, kObservers> observers{};  // which kinds of TLB there are
  std::array<std::string, kObservers> names{"CPU TLB", "SMMU TLB", "ATC"};  // as in traces
  // Which of them walk again on a permission fault, so that nothing is owed to them when a PTE's
  // permission is raised; and which must not hold an entry while another size or output address is
  // put in its place.
  std::array<bool, kObservers> re_walks{}, needs_break{};
  // Erratum "repeat-tlbi": a broadcast TLBI that is complete has removed entries, but accesses that
  // CPUs had translated through them may be under way still; the next complete one ends these.
  bool repeats_tlbi = false;
  bool btm = false;  // the SMMU takes part in broadcast TLB maintenance
  std::map<std::string, Driver> drivers;

  [[nodiscard]] bool has(Observer observer) const {
    return observers.at(static_cast<std::size_t>(observer));
  }
  // "SMMU TLB"; at level table "SMMU walk cache".
  [[nodiscard]] std::string observer_name(Observer observer, Level level) const;
};

Result<Machine> load_machine(const std::string& file);
Result<Machine> parse_machine(const Json& json, const std::string& file);

}  // namespace tlbmc
