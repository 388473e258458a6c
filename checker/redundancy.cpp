#include "checker/redundancy.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "checker/hitting_set.h"
#include "model/statement_tree.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

using Kind = NotifyCall::Kind;

class Finder {
 public:
  Finder(const TableQuestion& question, const RedundancyOptions& options)
      : question_(question),
        options_(options),
        wanted_(notifies(heard_kinds(question.placement, question.machine))),
        copied_(unshared(question.placement, question.operations, wanted_)),
        points_(call_points(copied_, wanted_)),
        probe_(copied_.placement, points_, options.decide.bounded.stop,
               [this] { return stopped(); }) {
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
      if (stopped()) break;
      leave_out_many(*call);
    }
    ask_of_each_what_calls_violate();
    result_.complete = !stopped() && complete_;
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool stopped() const {
    const auto* stop = options_.decide.bounded.stop;
    return stop != nullptr && *stop;
  }
  void say(const std::string& what) const {
    if (options_.progress) options_.progress(what);
  }
  [[nodiscard]] std::vector<bool> all() const { return std::vector<bool>(points_.size(), true); }
  [[nodiscard]] std::vector<bool> without(std::size_t call) const {
    auto chosen = all();
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

  // Operation by operation and together, what is proved with all calls, and what is not refuted.
  void find_what_holds() {
    std::set<std::string> calling;
    for (const Point& point : points_) calling.insert(point.place);
    say("verdicts with all calls");
    TableQuestion asked = question_;
    asked.properties = properties_;
    const VerdictTable table = value_or_throw(verdict_table(asked, options_.decide));
    complete_ = table.complete;
    const auto proved = [&](const std::vector<VerdictCell>& row, bool skip_together) {
      std::vector<int> list;
      for (std::size_t i = 0; i < row.size(); ++i)
        if (row[i].kind == Decision::Kind::proved &&
            !(skip_together && table.together()[i].kind == Decision::Kind::proved))
          list.push_back(table.properties[i]);
      return list;
    };
    const auto not_violated = [&](const std::vector<VerdictCell>& row) {
      std::vector<int> list;
      for (std::size_t i = 0; i < row.size(); ++i)
        if (row[i].kind != Decision::Kind::violated) list.push_back(table.properties[i]);
      return list;
    };
    const auto add = [&](std::vector<Target>& to, const std::vector<std::string>& operations,
                         const std::vector<int>& list) {
      for (Target& target : targets(question_.machine, operations, list))
        to.push_back(std::move(target));
    };
    for (const std::string& operation : table.operations) {
      if (!calling.contains(operation)) continue;
      const auto& row = *table.alone(operation);
      add(searched_, {operation}, not_violated(row));
      if (table.operations.size() > 1) add(to_prove_, {operation}, proved(row, true));
    }
    if (table.operations.size() > 1)
      add(searched_, table.operations, not_violated(table.together()));
    add(to_prove_, table.operations, proved(table.together(), false));
  }

  [[nodiscard]] std::vector<Target> alone(const std::string& operation) const {
    std::vector<Target> mine;
    for (const Target& target : searched_)
      if (target.operations == std::vector<std::string>{operation}) mine.push_back(target);
    return mine;
  }

  void leave_out_each() {
    for (std::size_t i = 0; i < points_.size() && !stopped(); ++i) {
      say(fmt::format("leaving out {}", points_[i].name()));
      add(probe_.counterexamples(without(i), alone(points_[i].place)));
    }
  }

  // A demand for one call shows that it is needed, whatever else was left out in that run.
  void add(std::vector<Demand> demands) {
    for (Demand& demand : demands) {
      if (demand.points.empty())
        throw std::logic_error("a counterexample passes no call that was left out");
      if (demand.points.size() == 1 && demand.given.empty()) {
        NotifyCall& call = result_.calls[demand.points.front()];
        if (call.kind == Kind::needed) continue;
        call.kind = Kind::needed;
        call.lost = demand;
      }
      demands_.push_back(std::move(demand));
    }
  }

  // The fewest calls that meet all demands so far, without this one.
  std::optional<std::vector<bool>> fewest_without(std::size_t call) const {
    HittingSet hitting(std::vector<unsigned>(points_.size(), 1));
    hitting.refuse({call});
    for (const Demand& demand : demands_) hitting.demand(demand.points, demand.given);
    return hitting.cheapest();
  }

  // Leaves out this call and as many others as possible, until that is proved or the call is
  // needed.
  void leave_out_many(std::size_t call) {
    while (result_.calls[call].kind == Kind::unknown && !stopped()) {
      const auto chosen = fewest_without(call);
      if (!chosen) return prove_by_itself(call);
      say(fmt::format("leaving out {} of {} calls", having(*chosen, false).size(), points_.size()));
      auto found = refuted(*chosen);
      if (!found.empty()) {
        add(std::move(found));
      } else if (const auto reason = first_not_proved(*chosen)) {
        return prove_by_itself(call);
      } else {
        return keep(having(*chosen, false));
      }
    }
  }

  // By an operation itself, else together.
  std::vector<Demand> refuted(const std::vector<bool>& chosen) const {
    std::vector<Target> single, several;
    for (const Target& target : searched_)
      (target.operations.size() == 1 ? single : several).push_back(target);
    auto found = probe_.counterexamples(chosen, single);
    return found.empty() ? probe_.counterexamples(chosen, several) : found;
  }

  std::optional<std::string> first_not_proved(const std::vector<bool>& chosen) const {
    for (const Target& target : to_prove_) {
      say(fmt::format("proving without {} of {} calls", having(chosen, false).size(),
                      points_.size()));
      if (auto reason = probe_.not_proved(chosen, target)) return reason;
    }
    return {};
  }

  void keep(const std::vector<std::size_t>& left_out) {
    for (const std::size_t call : left_out) result_.calls[call].kind = Kind::redundant;
    if (left_out.size() > result_.at_once.size()) result_.at_once = left_out;
  }

  void prove_by_itself(std::size_t call) {
    const auto chosen = without(call);
    add(refuted(chosen));
    if (result_.calls[call].kind != Kind::unknown) return;
    if (const auto reason = first_not_proved(chosen))
      result_.calls[call].reason = *reason;
    else
      keep({call});
  }

  // What was proved with fewer calls need not hold with more.
  void ask_of_each_what_calls_violate() {
    std::vector<Target> asked;
    for (Target target : to_prove_) {
      std::erase_if(target.properties, [](int property) {
        const Property& p = catalogue().at(static_cast<std::size_t>(property));
        return !violated_by_calls(p) ||
               p.name == "callable-context";  // fewer calls: fewer of these
      });
      if (!target.properties.empty()) asked.push_back(std::move(target));
    }
    for (std::size_t i = 0; i < result_.calls.size() && !asked.empty() && !stopped(); ++i) {
      NotifyCall& call = result_.calls[i];
      if (call.kind != Kind::redundant) continue;
      auto found = probe_.counterexamples(without(i), asked);
      if (!found.empty()) {
        call.kind = Kind::needed;
        call.lost = std::move(found.front());
        forget_at_once(i);
      } else {
        for (const Target& target : asked)
          if (const auto reason = probe_.not_proved(without(i), target)) {
            call.kind = Kind::unknown;
            call.reason = *reason;
            forget_at_once(i);
            break;
          }
      }
    }
  }

  void forget_at_once(std::size_t call) {
    auto& list = result_.at_once;
    if (std::find(list.begin(), list.end(), call) != list.end()) list.clear();
  }

  const TableQuestion& question_;
  const RedundancyOptions& options_;
  std::function<bool(const Statement&)> wanted_;
  Unshared copied_;
  std::vector<Point> points_;
  Probe probe_;
  std::vector<int> properties_;
  std::vector<Target> searched_;  // every context with all that is not violated there
  std::vector<Target> to_prove_;  // of an operation by itself, only what is not proved together
  std::vector<Demand> demands_;
  bool complete_ = true;
  Redundancy result_;
};

}  // namespace

std::size_t Redundancy::count(Kind kind) const {
  return static_cast<std::size_t>(std::count_if(
      calls.begin(), calls.end(), [kind](const NotifyCall& call) { return call.kind == kind; }));
}

Result<Redundancy> find_redundant(const TableQuestion& question, const RedundancyOptions& options) {
  return capture(question.placement.file, [&] { return Finder(question, options).run(); });
}

}  // namespace tlbmc
