#include "checker/invariant_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>

namespace tlbmc {

namespace {

using Words = std::vector<std::string>;

const std::map<std::string, Words> kValues{
    {"pte",
     {"empty", "swap entry", "page A read-only", "page A writable", "another page read-only",
      "another page writable", "page A of another size, read-only",
      "page A of another size, writable"}},
    {"queue",
     {"empty", "a clear", "a swap entry", "page A read-only", "page A writable",
      "another page read-only", "another page writable", "a replacement, read-only",
      "a replacement, writable", "page A of another size, read-only",
      "page A of another size, writable"}},
    {"completion", {"not begun", "at eieio", "at tlbsync"}},
    {"cleared", {"nothing", "page A", "another page"}},
};

// What a truth value says when it is so, and when it is not.
const std::map<std::string, std::pair<std::string, std::string>> kTruths{
    {"mapped", {"the newest PTE maps page A", "the newest PTE does not map page A"}},
    {"elsewhere", {"page A is mapped elsewhere", "page A is mapped nowhere else"}},
    {"frame_live", {"page A is not free", "page A is free"}},
    {"held_0", {"the CPU TLB holds the entry", "the CPU TLB does not hold the entry"}},
    {"held_1", {"the SMMU TLB holds the entry", "the SMMU TLB does not hold the entry"}},
    {"held_2", {"the ATC holds the entry", "the ATC does not hold the entry"}},
    {"owes", {"this thread owes an invalidation", "this thread owes nothing"}},
    {"ungranted",
     {"this thread saw that the PTE does not grant the entry",
      "this thread did not see that the PTE does not grant the entry"}},
    {"new_page", {"its new page is A", "its new page is another one"}},
    {"reference_mapping",
     {"it has the mapping's reference to page A", "it does not have the mapping's reference"}},
    {"reference_own",
     {"it has a reference of its own to page A", "it has no reference of its own"}},
    {"gathering", {"its mmu_gather is open", "it has no mmu_gather open"}},
    {"gathered", {"its mmu_gather has something to flush", "its mmu_gather has nothing to flush"}},
    {"batched", {"it has a batched flush due", "it has no batched flush due"}},
    {"pending_tlbi_cpu", {"its TLBI will remove the CPU TLB's entry", "no TLBI of its own will"}},
    {"pending_tlbi_smmu", {"its TLBI will remove the SMMU TLB's entry", "no TLBI of its own will"}},
    {"pending_command",
     {"its SMMU command will remove the entry", "no SMMU command of its own will"}},
    {"running",
     {"an access through the removed entry is under way",
      "no access through the removed entry is under way"}},
    {"pending_running", {"its TLBI will end that access", "no TLBI of its own will"}},
    {"stopped_0", {"no CPU runs this address space", "CPUs may run this address space"}},
    {"stopped_1", {"the SMMU does not walk the page table", "the SMMU walks the page table"}},
    {"pending_ipi",
     {"its IPI flush will remove the CPU TLB's entry", "no IPI flush of its own will"}},
    {"pending_atc", {"its ATC invalidation will remove the entry", "no ATC_INV of its own will"}},
};

class Text {
 public:
  Text(const Case& question, const System& system) : case_(question), system_(system) {
    enters_.resize(static_cast<std::size_t>(system.locations));
    for (const Edge& edge : question.program.edges)
      enters_[static_cast<std::size_t>(edge.from)] = &edge;
    for (const Transition& step : system.thread)
      if (step.from >= 0) used_.insert(step.from);
  }

  [[nodiscard]] std::string clause(const Clause& clause) const {
    Words ways;
    for (const Literal& literal : clause.literals) ways.push_back(says(literal));
    return fmt::format(
        "{}: {}", where(clause.locations),
        ways.empty() ? "is never reached" : fmt::format("{}", fmt::join(ways, ", or ")));
  }

 private:
  [[nodiscard]] std::string says(const Literal& literal) const {
    const auto& all = literal.var.scope == Scope::shared ? system_.shared : system_.local;
    const Variable& variable = all[static_cast<std::size_t>(literal.var.index)];
    if (variable.domain == 2) {
      const bool yes = literal.values == 2;
      const auto known = kTruths.find(variable.name);
      if (known != kTruths.end()) return yes ? known->second.first : known->second.second;
      return truth(variable.name, yes);
    }
    const std::string base = variable.name.rfind("queue", 0) == 0 ? "queue"
                             : variable.name == "seen"            ? "pte"
                                                                  : variable.name;
    const auto words = kValues.find(base);
    // Whichever is shorter: what it is, or what it is not.
    const bool negated = 2 * std::popcount(literal.values) > variable.domain;
    Words values;
    for (int value = 0; value < variable.domain; ++value)
      if ((((literal.values >> value) & 1U) != 0) != negated)
        values.push_back(words == kValues.end()
                             ? std::to_string(value)
                             : words->second.at(static_cast<std::size_t>(value)));
    return fmt::format("{} is {}{}", name(variable.name), negated ? "not " : "",
                       fmt::join(values, negated ? " nor " : " or "));
  }

  [[nodiscard]] static std::string truth(const std::string& name, bool yes) {
    if (name.rfind("locked_", 0) == 0)
      return fmt::format("lock {} is {}", name.substr(7), yes ? "held" : "free");
    if (name.rfind("shares_", 0) == 0)
      return fmt::format("it {} lock {} shared", yes ? "holds" : "does not hold", name.substr(7));
    if (name.rfind("is_", 0) == 0)
      return fmt::format("it is {}the {}", yes ? "" : "not ", name.substr(3));
    if (name.find('_') == std::string::npos)
      return fmt::format("there is {} {}", yes ? "a" : "no", name);
    const auto role = name.substr(0, name.find('_'));
    return fmt::format("the {}'s \"{}\" is {}", role, name.substr(role.size() + 1),
                       yes ? "set" : "not set");
  }

  [[nodiscard]] static std::string name(const std::string& variable) {
    if (variable == "pte") return "the PTE that walkers see";
    if (variable == "queue0") return "its oldest queued store";
    if (variable == "queue1") return "its second queued store";
    if (variable == "seen") return "the PTE that it remembers";
    if (variable == "cleared") return "what it cleared in this PTL section";
    if (variable == "completion") return "the sequence that completes its tlbie";
    if (variable == "ordered") return "the number of its stores ordered before SMMU commands";
    if (variable.rfind("released_", 0) == 0)
      return fmt::format("the number of its stores queued before it released {}",
                         variable.substr(9));
    return fmt::format("\"{}\"", variable);
  }

  // "everywhere", "everywhere but before X", "before X, Y and 3 more".
  [[nodiscard]] std::string where(const std::vector<int>& nodes) const {
    std::vector<int> here, elsewhere;
    for (const int node : used_)
      (std::binary_search(nodes.begin(), nodes.end(), node) ? here : elsewhere).push_back(node);
    if (elsewhere.empty()) return "everywhere";
    if (elsewhere.size() <= kShown && elsewhere.size() < here.size())
      return fmt::format("everywhere but {}", list(elsewhere));
    return list(here);
  }

  [[nodiscard]] std::string list(const std::vector<int>& nodes) const {
    Words places;
    for (const int node : nodes) {
      if (places.size() == kShown) break;
      places.push_back(place(node));
    }
    std::string text = fmt::format("before {}", fmt::join(places, "; "));
    if (nodes.size() > places.size())
      text += fmt::format("; and {} more places", nodes.size() - places.size());
    return text;
  }

  [[nodiscard]] std::string place(int node) const {
    if (node == 0) return "it starts (idle)";
    const Edge& edge = *enters_[static_cast<std::size_t>(node)];
    const auto& operation =
        case_.program.operations.at(static_cast<std::size_t>(edge.operation)).name;
    const std::string what = describe(edge);
    return fmt::format("{}{}{}{}", operation, what.empty() ? "" : ": " + what,
                       edge.chain.empty() ? "" : " at ",
                       edge.chain.empty() ? "" : edge.chain.back());
  }

  static constexpr std::size_t kShown = 3;

  const Case& case_;
  const System& system_;
  std::vector<const Edge*> enters_;  // by node: an action that comes next
  std::set<int> used_;
};

}  // namespace

std::string invariant_text(const Case& question, const LemmaProof& proof) {
  const System system = lemma_system(question, proof.lemma);
  const Text text(question, system);
  std::string result = fmt::format("{}: {} clauses, of every thread in every reachable state\n",
                                   proof.lemma.name(), proof.invariant.size());
  std::vector<Clause> ordered = proof.invariant;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Clause& a, const Clause& b) {
    return a.literals.size() < b.literals.size();
  });
  for (const Clause& clause : ordered) result += fmt::format("  {}\n", text.clause(clause));
  return result;
}

}  // namespace tlbmc
