#include "checker/run_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace tlbmc {

std::string entry_name(const Case& question, bool writable) {
  if (question.level() == Level::table) return "A";
  return writable ? "A:RW" : "A:RO";
}

std::string thread_name(const Case& question, int thread, int edge) {
  auto name = fmt::format("T{}", thread + 1);
  if (edge < 0) return name;
  const auto operation = question.program.edges[static_cast<std::size_t>(edge)].operation;
  return fmt::format("{} {}", name,
                     question.program.operations[static_cast<std::size_t>(operation)].name);
}

std::string RunReader::at(const std::vector<std::string>& chain) {
  return chain.empty() ? "" : fmt::format(" at {}", chain_text(chain));
}

std::vector<std::string> RunReader::call_site(const Edge& edge) const {
  const std::vector<std::string>* site = nullptr;
  for (const Edge& other : case_.program.edges) {
    const auto& chain = other.chain;
    if (other.operation != edge.operation || !std::holds_alternative<NotifyAction>(other.action) ||
        chain.size() > edge.chain.size() || (site && site->size() >= chain.size()))
      continue;
    if (std::equal(chain.begin(), chain.end(), edge.chain.begin())) site = &chain;
  }
  return site ? *site : edge.chain;
}

bool RunReader::in_callback(const Edge& edge) const {
  if (std::holds_alternative<SmmuAction>(edge.action)) return true;
  const auto& edges = case_.program.edges;
  return std::any_of(edges.begin(), edges.end(), [&](const Edge& other) {
    return other.operation == edge.operation && !other.chain.empty() &&
           other.chain.size() <= edge.chain.size() &&
           std::holds_alternative<NotifyAction>(other.action) &&
           std::equal(other.chain.begin(), other.chain.end(), edge.chain.begin());
  });
}

bool RunReader::hears_tlbis(Observer observer) const {
  if (observer == Observer::cpu_tlb) return true;
  const auto driver = case_.machine.drivers.find(case_.placement.driver);
  return observer == Observer::smmu_tlb && case_.machine.btm &&
         driver != case_.machine.drivers.end() && driver->second.shares_asid;
}

}  // namespace tlbmc
