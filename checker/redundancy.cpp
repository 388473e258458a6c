#include "checker/redundancy.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "checker/hitting_set.h"
#include "checker/verdicts_to_keep.h"
#include "model/statement_tree.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

using Kind = NotifyCall::Kind;

class Finder {
 public:
  Finder(const TableQuestion& question, const RedundancyOptions& options, const VerdictTable* known)
      : question_(question),
        options_(options),
        known_(known),
        budget_(options.decide, options.timeout),
        wanted_(notifies(heard_kinds(question.placement, question.machine))),
        copied_(unshared(question.placement, question.operations, wanted_)),
        points_(call_points(copied_, wanted_)),
        probe_(copied_.placement, points_, budget_) {
    Askable asked =
        askable(question.placement, question.machine, question.operations, question.properties);
    properties_ = std::move(asked.properties);
    result_.placement = question.placement.name;
    result_.machine = question.machine.name;
    result_.left_out = std::move(asked.left_out);
    points_ = reached(copied_.placement, std::move(points_),
                      targets(question.machine, question.operations, properties_));
    for (const Point& point : points_)
      result_.calls.push_back(
          {point.place, point.at, point.text, routine_of(point), Kind::unknown, {}, ""});
  }

  Redundancy run() {
    if (points_.empty() || properties_.empty()) return std::move(result_);
    find_what_holds();
    leave_out_each();
    while (const auto call = undecided()) {
      if (budget_.stopped()) break;
      leave_out_many(*call);
    }
    ask_of_each_what_calls_violate();
    result_.complete = !budget_.stopped() && complete_;
    return std::move(result_);
  }

 private:
  void say(const std::string& what) const {
    if (options_.progress) options_.progress(what);
  }
  [[nodiscard]] std::vector<bool> without(std::size_t call) const {
    std::vector<bool> chosen(points_.size(), true);
    chosen[call] = false;
    return chosen;
  }
  [[nodiscard]] std::optional<std::size_t> undecided() const {
    for (std::size_t i = 0; i < result_.calls.size(); ++i)
      if (result_.calls[i].kind == Kind::unknown && result_.calls[i].reason.empty()) return i;
    return {};
  }

  // A routine's name without what a copy of it is called.
  [[nodiscard]] std::string routine_of(const Point& point) const {
    const auto sites = all_sites(copied_.placement);
    const std::string& place = sites.at(point.statements.front()).place;
    return place.substr(0, place.find(" #"));
  }

  void find_what_holds() {
    std::set<std::string> calling;
    for (const Point& point : points_) calling.insert(point.place);
    say("verdicts with all calls");
    TableQuestion asked = question_;
    asked.properties = properties_;
    const VerdictTable table = known_ ? *known_ : value_or_throw(verdict_table(asked, budget_));
    complete_ = table.complete;
    verdicts_ = verdicts_to_keep(table, question_.machine, properties_, calling);
    for (NotifyCall& call : result_.calls)
      for (const auto& [operations, reason] : verdicts_.undecided)
        if (std::find(operations.begin(), operations.end(), call.operation) != operations.end())
          call.reason = reason;
  }

  [[nodiscard]] std::vector<Target> alone(const std::string& operation) const {
    std::vector<Target> mine;
    for (const Target& target : verdicts_.searched)
      if (target.operations == std::vector<std::string>{operation}) mine.push_back(target);
    return mine;
  }

  void leave_out_each() {
    for (std::size_t i = 0; i < points_.size() && !budget_.stopped(); ++i) {
      say(fmt::format("leaving out {}", points_[i].name()));
      add(probe_.counterexamples(without(i), alone(points_[i].place)));
    }
  }

  // A demand for one call shows that it is needed: whatever else was left out in that run, or, of
  // a property that calls can violate, if nothing else was.
  void add(std::vector<Demand> demands) {
    for (Demand& demand : demands) {
      if (demand.points.empty())
        throw std::logic_error("a counterexample passes no call that was left out");
      const bool by_itself = demand.given.empty() || demand.given.size() + 1 == points_.size();
      if (demand.points.size() == 1 && by_itself) {
        NotifyCall& call = result_.calls[demand.points.front()];
        if (call.kind == Kind::needed) continue;
        call.kind = Kind::needed;
        call.reason.clear();
        call.lost = demand;
      }
      demands_.push_back(std::move(demand));
    }
  }

  // The fewest calls that meet all demands so far, without this one, and with those of which
  // nothing can be shown.
  std::optional<std::vector<bool>> fewest_without(std::size_t call) const {
    HittingSet hitting(std::vector<unsigned>(points_.size(), 1));
    hitting.refuse({call});
    for (std::size_t i = 0; i < result_.calls.size(); ++i)
      if (!result_.calls[i].reason.empty()) hitting.demand({i});
    for (const Demand& demand : demands_) hitting.demand(demand.points, demand.given);
    return hitting.cheapest();
  }

  // Leaves out this call and as many others as possible, until that is proved or the call is
  // needed.
  void leave_out_many(std::size_t call) {
    while (result_.calls[call].kind == Kind::unknown && !budget_.stopped()) {
      const auto chosen = fewest_without(call);
      if (!chosen) return leave_out(call);
      say(fmt::format("leaving out {} of {} calls", having(*chosen, false).size(), points_.size()));
      switch (ask(*chosen).kind) {
        case Decision::Kind::violated: break;  // there are new demands
        case Decision::Kind::open: return leave_out(call);
        case Decision::Kind::proved: return keep(having(*chosen, false));
      }
    }
  }

  // By itself.
  void leave_out(std::size_t call) {
    const Answer answer = ask(without(call));
    if (answer.kind == Decision::Kind::proved) keep({call});
    if (answer.kind == Decision::Kind::open) result_.calls[call].reason = answer.reason;
  }

  struct Answer {
    Decision::Kind kind;  // `proved`: every verdict stays
    std::string reason;   // of `open`
  };

  // Of an operation by itself, else together: the quick search first, then as verify does.
  Answer ask(const std::vector<bool>& chosen) {
    std::vector<Target> single, several;
    for (const Target& target : verdicts_.searched)
      (target.operations.size() == 1 ? single : several).push_back(target);
    for (const auto* asked : {&single, &several}) {
      auto found = probe_.counterexamples(chosen, *asked);
      if (found.empty()) continue;
      add(std::move(found));
      return {Decision::Kind::violated, ""};
    }
    for (const Kept& kept : verdicts_.kept) {
      say(fmt::format("proving without {} of {} calls", having(chosen, false).size(),
                      points_.size()));
      Answer answer = settle(chosen, kept);
      if (answer.kind != Decision::Kind::proved) return answer;
    }
    if (budget_.stopped()) return {Decision::Kind::open, "out of time"};
    return {Decision::Kind::proved, ""};
  }

  Answer settle(const std::vector<bool>& chosen, const Kept& kept) {
    Settled settled = probe_.settle(chosen, kept.target);
    if (!settled.demands.empty()) {
      add(std::move(settled.demands));
      return {Decision::Kind::violated, ""};
    }
    if (!settled.complete) complete_ = false;
    for (const auto& [property, reason] : settled.open)
      if (!settled.complete || kept.is_proved(property)) return {Decision::Kind::open, reason};
    return {Decision::Kind::proved, ""};
  }

  void keep(const std::vector<std::size_t>& left_out) {
    for (const std::size_t call : left_out) result_.calls[call].kind = Kind::redundant;
    if (left_out.size() > result_.at_once.size()) result_.at_once = left_out;
  }

  // What was proved with fewer calls need not hold with more.
  void ask_of_each_what_calls_violate() {
    std::vector<Kept> asked;
    for (Kept kept : verdicts_.kept) {
      std::erase_if(kept.target.properties, [](int property) {
        const Property& p = catalogue().at(static_cast<std::size_t>(property));
        return !violated_by_calls(p) ||
               p.name == "callable-context";  // fewer calls: fewer of these
      });
      if (!kept.target.properties.empty()) asked.push_back(std::move(kept));
    }
    if (asked.empty()) return;
    for (std::size_t i = 0; i < result_.calls.size(); ++i) {
      NotifyCall& call = result_.calls[i];
      if (call.kind != Kind::redundant) continue;
      const Answer answer = ask_of(without(i), asked);
      if (answer.kind == Decision::Kind::proved) continue;
      if (call.kind == Kind::redundant) {
        call.kind = Kind::unknown;
        call.reason = answer.reason;
      }
      forget_at_once(i);
    }
  }

  Answer ask_of(const std::vector<bool>& chosen, const std::vector<Kept>& asked) {
    for (const Kept& kept : asked) {
      if (budget_.stopped()) return {Decision::Kind::open, "out of time"};
      auto found = probe_.counterexamples(chosen, kept.target);
      if (!found.empty()) {
        add(std::move(found));
        return {Decision::Kind::violated, ""};
      }
      Answer answer = settle(chosen, kept);
      if (answer.kind != Decision::Kind::proved) return answer;
    }
    return {Decision::Kind::proved, ""};
  }

  void forget_at_once(std::size_t call) {
    auto& list = result_.at_once;
    if (std::find(list.begin(), list.end(), call) != list.end()) list.clear();
  }

  const TableQuestion& question_;
  const RedundancyOptions& options_;
  const VerdictTable* known_;
  Budget budget_;
  std::function<bool(const Statement&)> wanted_;
  Unshared copied_;
  std::vector<Point> points_;
  Probe probe_;
  std::vector<int> properties_;
  VerdictsToKeep verdicts_;
  std::vector<Demand> demands_;
  bool complete_ = true;
  Redundancy result_;
};

}  // namespace

std::size_t Redundancy::count(Kind kind) const {
  return static_cast<std::size_t>(std::count_if(
      calls.begin(), calls.end(), [kind](const NotifyCall& call) { return call.kind == kind; }));
}

Result<Redundancy> find_redundant(const TableQuestion& question, const RedundancyOptions& options,
                                  const VerdictTable* known) {
  return capture(question.placement.file, [&] { return Finder(question, options, known).run(); });
}

}  // namespace tlbmc
