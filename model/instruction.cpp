#include "model/instruction.h"

#include <algorithm>
#include <stdexcept>

namespace tlbmc {

std::string name_of(Architecture architecture) {
  return std::string(kArchitectureNames.at(static_cast<std::size_t>(architecture)));
}

const std::vector<Instruction>& instructions() {
  using enum Architecture;
  using enum Reach;
  static const std::vector<Instruction> all{{"vale1is", arm64, all_cpus, true, "vale1"},
                                            {"vae1is", arm64, all_cpus, false, "vae1"},
                                            {"rvale1is", arm64, all_cpus, true, "rvale1"},
                                            {"rvae1is", arm64, all_cpus, false, "rvae1"},
                                            {"aside1is", arm64, all_cpus, false, "aside1"},
                                            {"vmalle1is", arm64, all_cpus, false, "vmalle1"},
                                            {"vaale1is", arm64, all_cpus, true, "vaale1"},
                                            {"vaae1is", arm64, all_cpus, false, "vaae1"},
                                            {"vale1", arm64, own_cpu, true, ""},
                                            {"vae1", arm64, own_cpu, false, ""},
                                            {"rvale1", arm64, own_cpu, true, ""},
                                            {"rvae1", arm64, own_cpu, false, ""},
                                            {"aside1", arm64, own_cpu, false, ""},
                                            {"vmalle1", arm64, own_cpu, false, ""},
                                            {"vaale1", arm64, own_cpu, true, ""},
                                            {"vaae1", arm64, own_cpu, false, ""},
                                            {"tlbie", powerpc, all_cpus, true, "tlbiel"},
                                            {"tlbie-pwc", powerpc, all_cpus, false, "tlbiel-pwc"},
                                            {"tlbiel", powerpc, own_cpu, true, ""},
                                            {"tlbiel-pwc", powerpc, own_cpu, false, ""},
                                            {"invlpg", x86, own_cpu, false, ""},
                                            {"invpcid", x86, own_cpu, false, ""},
                                            {"mov-cr3", x86, own_cpu, false, ""},
                                            {"sfence.vma", riscv, own_cpu, false, ""}};
  return all;
}

const Instruction& instruction_named(std::string_view name) {
  const auto found = std::find_if(instructions().begin(), instructions().end(),
                                  [&](const Instruction& i) { return i.name == name; });
  if (found == instructions().end()) throw std::logic_error("no such TLB invalidation instruction");
  return *found;
}

}  // namespace tlbmc
