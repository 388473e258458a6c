// Architectures, and what each of their TLB invalidation instructions reaches.
//
// Sources: Arm ARM, "TLBI"; Power ISA 3.0 book III, "tlbie" (RIC = 1, 2: the page walk cache too);
// Intel SDM volume 3, "Invalidation of TLBs and paging-structure caches"; RISC-V privileged ISA,
// "sfence.vma". docs/machine.md has the table in words.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tlbmc {

enum class Architecture { arm64, x86, powerpc, riscv };
inline constexpr std::array<std::string_view, 4> kArchitectureNames{"arm64", "x86", "powerpc",
                                                                    "riscv"};
// "arm64".
std::string name_of(Architecture architecture);

enum class Reach { own_cpu, all_cpus };

struct Instruction {
  std::string_view name;
  Architecture architecture;
  Reach reach;
  bool leaf_only;          // leaves walk caches alone
  std::string_view local;  // of one that reaches all CPUs: the same for its own CPU only
};

// All of them.
const std::vector<Instruction>& instructions();
// Precondition: there is one of that name.
const Instruction& instruction_named(std::string_view name);

}  // namespace tlbmc
