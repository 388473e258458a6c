#include "tools/extract/witness.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "encoders/solver.h"
#include "tools/extract/symbols.h"
#include "tools/extract/ways.h"

namespace tlbmc::extract {

namespace {

class Follower {
 public:
  Follower(Summaries& summaries, const Summary& entry, const std::vector<WitnessAction>& actions)
      : summaries_(summaries), solver_(leaving_interrupts(z3::solver(context_, "QF_BV"))) {
    add(entry);
    keep_shown(actions);
  }

  WitnessAnswer run(const Summary& entry) {
    WitnessAnswer answer;
    if (!find_alive(entry)) return answer;
    std::vector<Frame> stack{frame_of(entry)};
    if (go(std::move(stack), 0)) {
      answer.kind = WitnessAnswer::Kind::feasible;
      answer.decisions = std::move(decisions_);
    } else if (complete_) {
      answer.kind = WitnessAnswer::Kind::contradictory;
    }
    return answer;
  }

 private:
  static constexpr std::size_t kMaxConfigurations = 60'000;
  static constexpr std::size_t kMaxSteps = 10'000;
  static constexpr int kMaxVisits = 3;  // of one place, on one way

  struct Frame {
    const Ways* ways;
    int state;
    const Transition* calls;  // the call of the next frame
    std::shared_ptr<Symbols> symbols;
    std::optional<z3::expr> result = std::nullopt;  // what it is about to return
  };
  // Where control is, without what is known: by frame the summary, the state and the call.
  using Control = std::vector<std::tuple<const Ways*, int, const Transition*>>;
  using Configuration = std::pair<Control, std::size_t>;

  void add(const Summary& summary) {
    if (ways_.contains(&summary)) return;
    ways_.emplace(&summary, std::make_unique<Ways>(summary));
    by_name_[summary.name] = &summary;
    for (const Summary* called : summary.calls) add(*called);
  }

  // Of a trace's actions those that an exploration has: not the labels of choices, nor what a
  // driver does.
  void keep_shown(const std::vector<WitnessAction>& actions) {
    std::set<Shown> all;
    for (const auto& [summary, ways] : ways_)
      for (const auto& [transition, shown] : ways->shown) all.insert(shown);
    for (const WitnessAction& action : actions) {
      if (action.chain.empty()) continue;
      // "IPI flush: send (range)"; or with more behind it, "page alloc (new): page A".
      for (const std::string& text : {action.text, action.text.substr(0, action.text.rfind(": "))})
        if (all.contains({action.chain.back(), text})) {
          actions_.push_back({action.chain, text});
          break;
        }
    }
  }

  [[nodiscard]] const Ways* callee(const Transition& t) const {
    const auto found = by_name_.find(t.label.action["call"].get<std::string>());
    return found == by_name_.end() ? nullptr : ways_.at(found->second).get();
  }

  [[nodiscard]] static std::string line_of(const Transition& call) {
    return call.label.action.value("at", "");
  }

  // Does the transition show the action that comes next?
  [[nodiscard]] bool matches(const Control& control, const Transition& t,
                             std::size_t position) const {
    if (position >= actions_.size()) return false;
    const Shown& shown = std::get<0>(control.back())->shown.at(&t);
    const WitnessAction& action = actions_[position];
    if (action.text != shown.text) return false;
    std::vector<std::string> chain;
    for (std::size_t i = 0; i + 1 < control.size(); ++i)
      if (const std::string line = line_of(*std::get<2>(control[i])); !line.empty())
        chain.push_back(line);
    if (!shown.at.empty()) chain.push_back(shown.at);
    return chain == action.chain;
  }

  [[nodiscard]] static bool is_shown(const Control& control, const Transition& t) {
    return !std::get<0>(control.back())->shown.at(&t).text.empty();
  }

  // One step of control from a configuration: calls visit(transition, next configuration); no
  // transition: a return.
  template <typename F>
  void steps(const Configuration& from, const F& visit) const {
    const auto& [control, position] = from;
    const auto& [ways, state, unused] = control.back();
    if (const auto exit = ways->exits.find(state); exit != ways->exits.end()) {
      if (control.size() == 1) return;
      Control next(control.begin(), control.end() - 1);
      auto& [caller, caller_state, call] = next.back();
      for (const auto& [name, target] : call->to)
        if (name.empty() || name == exit->second) caller_state = target;
      call = nullptr;
      visit(nullptr, Configuration{std::move(next), position});
      return;
    }
    for (const Transition* t : ways->out[static_cast<std::size_t>(state)]) {
      if (is_call(*t)) {
        const Ways* called = callee(*t);
        if (called == nullptr) continue;
        Control next = control;
        std::get<2>(next.back()) = t;
        next.emplace_back(called, 0, nullptr);
        visit(t, Configuration{std::move(next), position});
        continue;
      }
      const bool shown = is_shown(control, *t);
      if (shown && !matches(control, *t, position)) continue;
      for (const auto& [name, target] : t->to) {  // an idle callee: any of its ways on
        Control next = control;
        std::get<1>(next.back()) = target;
        visit(t, Configuration{std::move(next), position + (shown ? 1 : 0)});
      }
    }
  }

  // The configurations from which all actions can be done, conditions aside. False: not from the
  // start, or there are too many.
  bool find_alive(const Summary& entry) {
    const Configuration start{{{ways_.at(&entry).get(), 0, nullptr}}, 0};
    std::map<Configuration, std::vector<Configuration>> before{{start, {}}};
    std::deque<Configuration> work{start};
    std::deque<Configuration> done;
    while (!work.empty()) {
      const Configuration here = std::move(work.front());
      work.pop_front();
      if (here.second == actions_.size()) {
        done.push_back(here);
        continue;
      }
      if (before.size() > kMaxConfigurations) return false;
      steps(here, [&](const Transition*, Configuration next) {
        const auto [known, fresh] = before.try_emplace(next);
        known->second.push_back(here);
        if (fresh) work.push_back(std::move(next));
      });
    }
    for (const Configuration& here : done) alive_[here] = 0;
    while (!done.empty()) {
      const Configuration here = std::move(done.front());
      done.pop_front();
      for (const Configuration& earlier : before.at(here))
        if (alive_.try_emplace(earlier, alive_.at(here) + 1).second) done.push_back(earlier);
    }
    return alive_.contains(start);
  }

  [[nodiscard]] Frame frame_of(const Summary& summary) {
    const Prepared& prepared = summaries_.prepared(*summary.function);
    return {ways_.at(&summary).get(), 0, nullptr, std::make_shared<Symbols>(prepared, solver_)};
  }

  static Control control_of(const std::vector<Frame>& stack) {
    Control control;
    for (const Frame& frame : stack) control.emplace_back(frame.ways, frame.state, frame.calls);
    return control;
  }

  // Depth first. True: a way to the end of the actions was found.
  bool go(std::vector<Frame> stack, std::size_t position) {
    if (position == actions_.size()) return true;
    if (++steps_taken_ > kMaxSteps) return give_up();
    Configuration here{control_of(stack), position};
    int& visits = visits_[here];
    if (visits >= kMaxVisits) return give_up();
    ++visits;
    // The shortest ways first.
    std::vector<std::tuple<int, const Transition*, Configuration>> next_steps;
    steps(here, [&](const Transition* t, Configuration next) {
      const auto known = alive_.find(next);
      if (known != alive_.end()) next_steps.emplace_back(known->second, t, std::move(next));
    });
    std::stable_sort(next_steps.begin(), next_steps.end(),
                     [](const auto& a, const auto& b) { return std::get<0>(a) < std::get<0>(b); });
    const bool found = std::any_of(next_steps.begin(), next_steps.end(), [&](const auto& step) {
      const auto& [distance, t, next] = step;
      return try_step(stack, t, next);
    });
    --visits_[here];
    return found;
  }

  bool try_step(const std::vector<Frame>& stack, const Transition* t, const Configuration& next) {
    const auto known = decisions_.size();
    solver_.push();
    std::vector<Frame> after = stack;
    after.back().symbols = std::make_shared<Symbols>(*stack.back().symbols);
    const bool found = take(after, t, next) && go(std::move(after), next.second);
    solver_.pop();
    if (!found) decisions_.resize(known);
    return found;
  }

  bool give_up() {
    complete_ = false;
    return false;
  }

  // False: what was decided on the way does not go together.
  bool take(std::vector<Frame>& stack, const Transition* t, const Configuration& next) {
    if (t == nullptr) {
      returns(stack, std::get<1>(next.first.back()));
      return true;
    }
    if (next.first.size() > stack.size()) {
      call(stack, *t);
      return true;
    }
    Frame& top = stack.back();
    if (!decide(*top.symbols, *t)) return false;
    const auto before = place(top);
    if (before) {
      const Node& node = top.ways->summary.function->nodes[before->node];
      if (node.kind == Node::Kind::returns && node.result != kNoExpr)
        top.result = top.symbols->term(node.result);
    }
    top.state = std::get<1>(next.first.back());
    enter(top, before);
    return true;
  }

  [[nodiscard]] static std::optional<Place> place(const Frame& frame) {
    return frame.ways->summary.exploration->places[static_cast<std::size_t>(frame.state)];
  }

  bool decide(Symbols& symbols, const Transition& t) {
    bool asked = false;
    for (const Decision& decision : t.label.path) {
      decisions_.push_back(decision);
      if (decision.condition == kNoExpr) continue;
      const z3::expr is = symbols.truth(decision.condition);
      solver_.add(decision.holds ? is : !is);
      asked = true;
    }
    if (!asked) return true;
    const z3::check_result answer = solver_.check();
    if (answer == z3::unknown) complete_ = false;
    return answer != z3::unsat;
  }

  // Values that the way makes; of nodes between the two that have no state it may have passed any.
  static void enter(Frame& frame, const std::optional<Place>& before) {
    const auto here = place(frame);
    if (!here) return;
    const Function& function = *frame.ways->summary.function;
    forget_between(frame, function, before, *here);
    frame.symbols->enter(*here);
  }

  static void forget_between(Frame& frame, const Function& function,
                             const std::optional<Place>& before, const Place& here) {
    if (!before) return;
    std::set<NodeId> passed;
    std::vector<NodeId> work;
    for (const Edge& edge : function.nodes[before->node].successors) work.push_back(edge.target);
    const bool direct = std::find(work.begin(), work.end(), here.node) != work.end();
    if (direct) return;
    while (!work.empty()) {
      const NodeId node = work.back();
      work.pop_back();
      if (node == here.node || !passed.insert(node).second) continue;
      for (const Edge& edge : function.nodes[node].successors) work.push_back(edge.target);
    }
    for (const NodeId node : passed) frame.symbols->forget(node);
  }

  void call(std::vector<Frame>& stack, const Transition& t) {
    Frame& caller = stack.back();
    const Ways* called = callee(t);
    Frame frame = frame_of(called->summary);
    const Function& function = *called->summary.function;
    if (const auto from = place(caller)) {
      const auto& made = caller.ways->summary.function->nodes[from->node].call;
      for (ExprId e = 0; made && e < function.expressions.size(); ++e) {
        const Expression& expression = function.expressions[e];
        if (expression.kind == Expression::Kind::parameter &&
            expression.value < made->arguments.size())
          frame.symbols->make(e, caller.symbols->term(made->arguments[expression.value]));
      }
    }
    caller.calls = &t;
    stack.push_back(std::move(frame));
    enter(stack.back(), std::nullopt);
  }

  // What the callee returns is the call's result.
  static void returns(std::vector<Frame>& stack, int state) {
    const auto result = stack.back().result;
    stack.pop_back();
    Frame& caller = stack.back();
    caller.symbols = std::make_shared<Symbols>(*caller.symbols);
    const auto before = place(caller);
    if (before && result)
      for (const ExprId e : caller.symbols->prepared().made_at(before->node))
        if (caller.ways->summary.function->expressions[e].kind == Expression::Kind::call)
          caller.symbols->make(e, *result);
    caller.calls = nullptr;
    caller.state = state;
    enter(caller, before);
  }

  Summaries& summaries_;
  z3::context context_;
  z3::solver solver_;
  std::map<const Summary*, std::unique_ptr<Ways>> ways_;
  std::map<std::string, const Summary*> by_name_;
  std::vector<WitnessAction> actions_;
  std::map<Configuration, int> alive_;  // how many steps of control are left, at least
  std::map<Configuration, int> visits_;
  std::vector<Decision> decisions_;
  std::size_t steps_taken_ = 0;
  bool complete_ = true;
};

}  // namespace

WitnessAnswer follow_witness(Summaries& summaries, const Summary& entry,
                             const std::vector<WitnessAction>& actions) {
  return Follower(summaries, entry, actions).run(entry);
}

}  // namespace tlbmc::extract
