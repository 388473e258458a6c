// A machine: which TLBs observe the page table, what broadcast TLB maintenance reaches, and what
// the IOMMU driver does when the mmu notifier calls it.
//
// Sources: docs/semantics.md; the drivers' steps carry the kernel lines they stand for.
#pragma once

#include <map>
#include <string>

#include "model/placement.h"

namespace tlbmc {

// A cache that can hold a translation.
enum class Observer { cpu_tlb, smmu_tlb, atc };
inline constexpr std::size_t kObservers = 3;
inline constexpr std::array<std::string_view, kObservers> kObserverNames{"CPU TLB", "SMMU TLB",
                                                                         "ATC"};

struct Driver {
  std::string about;
  bool shares_asid = false;  // SVA contexts use the CPU's ASID, so broadcast TLBI can match them
  std::map<NotifyKind, Body> callbacks;
};

struct Machine {
  std::string file;
  std::string name;
  std::string about;
  std::array<bool, kObservers> observers{};  // which kinds of TLB there are
  bool btm = false;                          // the SMMU takes part in broadcast TLB maintenance
  std::map<std::string, Driver> drivers;

  [[nodiscard]] bool has(Observer observer) const {
    return observers.at(static_cast<std::size_t>(observer));
  }
};

Result<Machine> load_machine(const std::string& file);
Result<Machine> parse_machine(const Json& json, const std::string& file);

}  // namespace tlbmc
