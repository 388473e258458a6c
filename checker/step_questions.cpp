#include "checker/step_questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tlbmc {

StepQuestions::StepQuestions(const Case& question, const System& system, const Invariant& invariant,
                             const std::vector<std::string>& header, const std::string& about)
    : case_(question), system_(system), invariant_(invariant), text_(system) {
  for (const std::string& line : header) text_.comment(line);
  text_.comment(about);
  text_.declare("s", system.shared);
  text_.declare("m", system.local);
  text_.declare("w", system.local);
  classify_places();
  for (std::size_t i = 0; i < places_.size(); ++i)
    for (const char* thread : {"m", "w"}) text_.declare(fmt::format("{}{}", thread, i));
}

const std::string& StepQuestions::at(Who who, const std::vector<int>& nodes) {
  const auto [known, fresh] = at_.try_emplace({who, nodes});
  if (!fresh) return known->second;
  std::set<std::size_t> places;
  for (const int node : nodes) places.insert(place_of_[static_cast<std::size_t>(node)]);
  // In blocks that are named once: most sets share most of their blocks.
  std::map<std::size_t, std::vector<std::string>> blocks;
  for (const std::size_t place : places)
    blocks[place / kBlock].push_back(fmt::format("{}{}", who == Who::mover ? "m" : "w", place));
  std::vector<std::string> each;
  each.reserve(blocks.size());
  for (auto& [number, block] : blocks)
    each.push_back(text_.named(QuestionText::any(std::move(block))));
  return known->second = text_.named(QuestionText::any(std::move(each)));
}

std::string StepQuestions::holds(const Clause& clause, Who who) {
  std::vector<std::string> ways{QuestionText::negated(at(who, clause.locations))};
  const QuestionText::Place place =
      who == Who::mover ? QuestionText::Place{} : QuestionText::Place{"s", "w", "m"};
  for (const Literal& literal : clause.literals)
    for (int value = 0; value < 32; ++value)
      if (((literal.values >> value) & 1U) != 0)
        ways.push_back(text_.is(literal.var, value, place));
  return QuestionText::any(std::move(ways));
}

std::string StepQuestions::is_after(const Transition& step, VarRef var, int value, Who who) {
  const VarRef target{var.scope != Scope::shared && who == Who::watcher ? Scope::other : var.scope,
                      var.index};
  for (const auto* updates : {&step.updates, &step.broadcast})
    for (const Update& u : *updates)
      if (u.target == target) return text_.is(u.value, value, domain(var), before());
  return text_.is(target, value, before());
}

std::string StepQuestions::excluded() {
  std::vector<std::string> never;
  for (std::size_t i = 0; i < kLockNames.size(); ++i) {
    const auto lock = static_cast<Lock>(i);
    const auto exclusive = holders(lock, true);
    if (exclusive.empty()) continue;
    const auto any = holders(lock, false);
    never.push_back(QuestionText::all({at(Who::mover, exclusive), at(Who::watcher, any)}));
    never.push_back(QuestionText::all({at(Who::mover, any), at(Who::watcher, exclusive)}));
  }
  for (const int role : system_.roles)
    never.push_back(QuestionText::all(
        {text_.is({Scope::self, role}, 1, before()), text_.is({Scope::other, role}, 1, before())}));
  return QuestionText::negated(QuestionText::any(std::move(never)));
}

std::string StepQuestions::name(const Transition& step) const {
  const Move& move = step.moves.front();
  switch (move.kind) {
    case Move::Kind::drain:
    case Move::Kind::drain_queued:
    case Move::Kind::drain_ordered: return "queued PTE store becomes visible";
    case Move::Kind::fill_cpu: return "CPU TLB fill";
    case Move::Kind::fill_smmu: return "SMMU TLB fill";
    case Move::Kind::fill_atc: return "ATC fill";
    case Move::Kind::free_frame: return "page is freed";
    case Move::Kind::unmap_elsewhere: return "page's other mapping goes";
    case Move::Kind::edge: break;
  }
  const Edge& edge = case_.program.edges.at(static_cast<std::size_t>(move.edge));
  return fmt::format("{}: {}{} at {}",
                     case_.program.operations.at(static_cast<std::size_t>(edge.operation)).name,
                     describe(edge), move.tracked ? " (the tracked page)" : "",
                     edge.chain.empty() ? "-" : edge.chain.back());
}

void StepQuestions::classify_places() {
  std::map<std::vector<int>, std::size_t> known;
  for (int node = 0; node < system_.locations; ++node) {
    const HeldLocks& held = system_.held[static_cast<std::size_t>(node)];
    std::vector<int> key{held.exclusive, held.shared, node == 0};
    for (const Clause& clause : invariant_)
      key.push_back(std::binary_search(clause.locations.begin(), clause.locations.end(), node) ? 1
                                                                                               : 0);
    const auto [entry, fresh] = known.try_emplace(std::move(key), places_.size());
    if (fresh) places_.push_back(node);
    place_of_.push_back(entry->second);
  }
}

}  // namespace tlbmc
