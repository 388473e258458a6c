#include "litmus/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tlbmc::litmus {

namespace {

// As Z3 takes it: 0 and the largest number would be no limit.
unsigned milliseconds(double seconds) {
  return static_cast<unsigned>(std::clamp(seconds * 1000, 1.0, 4e9));
}

class Question {
 public:
  Question(const Test& test, const AnswerOptions& options)
      : test_(test),
        options_(options),
        events_(unroll(test)),
        encoding_(context_, events_, options.rules, options.walks) {}

  Answer answer() {
    Answer result;
    z3::params params(context_);
    params.set("timeout", milliseconds(options_.timeout));
    encoding_.solver().set(params);
    refuse_unsupported();
    if (test_.filter) encoding_.solver().add(encoding_.truth(*test_.filter));
    const bool forall = test_.quantifier == Quantifier::forall;
    const z3::expr condition = encoding_.truth(test_.condition);
    // What shows more: a state that satisfies the condition, or that refutes a forall.
    const bool found = possible(forall ? !condition : condition);
    if (!found && !possible(context_.bool_val(true)))
      throw std::runtime_error(test_.filter ? "no complete run passes the filter"
                                            : "no run is complete: loops and retries are bounded");
    if (found && options_.witness) result.witness = witness();
    if (forall)
      result.verdict = found ? Verdict::not_required : Verdict::required;
    else
      result.verdict = found ? Verdict::allowed : Verdict::forbidden;
    if (options_.states) enumerate(condition, result);
    return result;
  }

 private:
  bool possible(const z3::expr& what) {
    z3::solver& solver = encoding_.solver();
    solver.push();
    solver.add(what);
    const z3::check_result result = solver.check();
    if (result == z3::sat && options_.witness) model_.push_back(solver.get_model());
    const std::string why = result == z3::unknown ? solver.reason_unknown() : "";
    solver.pop();
    if (result == z3::unknown) throw std::runtime_error("no answer from the solver: " + why);
    return result == z3::sat;
  }

  void refuse_unsupported() {
    std::map<std::string, std::vector<z3::expr>> reasons;
    for (const auto& [reached, reason] : events_.unsupported)
      reasons[reason].push_back(encoding_.truth(reached));
    for (const auto& [reason, reached] : reasons) {
      const z3::expr any = encoding_.any(reached);
      if (!any.is_false() && possible(any)) throw Unsupported(reason);
    }
  }

  static void collect(const Proposition& p, std::vector<Observable>& into) {
    if (p.kind == Proposition::Kind::atom) into.push_back(p.observable);
    for (const Proposition& part : p.parts) collect(part, into);
  }

  // Every final state once, as far as the test looks at it.
  void enumerate(const z3::expr& condition, Answer& result) {
    std::vector<Observable> wanted = test_.locations;
    collect(test_.condition, wanted);
    std::sort(wanted.begin(), wanted.end(),
              [](const auto& a, const auto& b) { return a.text < b.text; });
    std::vector<std::pair<std::string, std::vector<std::pair<std::string, z3::expr>>>> observed;
    for (const Observable& o : wanted)
      if (observed.empty() || observed.back().first != o.text)
        observed.emplace_back(o.text, encoding_.final_values(o));
    z3::solver& solver = encoding_.solver();
    while (true) {
      const z3::check_result found = solver.check();
      if (found == z3::unknown)
        throw std::runtime_error("no answer from the solver: " + solver.reason_unknown());
      if (found == z3::unsat) break;
      if (result.states.size() >= options_.max_states)
        throw Unsupported(fmt::format("more than {} final states", options_.max_states));
      const z3::model model = solver.get_model();
      std::string text;
      z3::expr_vector same(context_);
      for (const auto& [name, values] : observed)
        for (const auto& [value, holds] : values)
          if (model.eval(holds, true).is_true()) {
            text += value + "; ";
            same.push_back(holds);
            break;
          }
      if (!text.empty()) text.pop_back();
      result.positive += model.eval(condition, true).is_true() ? 1 : 0;
      result.states.push_back(text);
      solver.add(!z3::mk_and(same));
    }
    std::sort(result.states.begin(), result.states.end());
  }

  Witness witness() {
    Witness result;
    std::map<Value, std::size_t> columns;
    for (const auto& [location, values] : events_.values) {
      columns[location] = result.columns.size();
      result.columns.push_back(place(location));
      result.initial.push_back(test_.text(test_.initial(location)));
    }
    std::vector<std::string> now = result.initial;
    for (const Encoding::Step& step : encoding_.steps(model_.back())) {
      WitnessLine shown = line(step);
      const bool stores = step.event < 0 || events_.at(step.event).is_write();
      if (stores && step.recipient < 0 && step.has_location)
        now[columns.at(step.location)] = test_.text(step.value);
      shown.cells = now;
      result.lines.push_back(std::move(shown));
    }
    return result;
  }

  WitnessLine line(const Encoding::Step& step) {
    WitnessLine result;
    const std::string where = step.has_location ? place(step.location) : "";
    const std::string value = step.has_value ? test_.text(step.value) : "";
    if (step.event < 0) {
      result.actor = "hardware";
      result.action = fmt::format("sets the access flag: {} := {}", where, value);
      return result;
    }
    const Event& e = events_.at(step.event);
    const Instruction& i = *e.instruction;
    result.line = i.line;
    const auto name = [&](int thread) {
      const bool device = test_.threads[static_cast<std::size_t>(thread)].device;
      return fmt::format("{}{}", device ? "device P" : "P", thread);
    };
    result.actor = name(e.thread);
    if (step.recipient >= 0) {
      result.actor = fmt::format("TLB of {}", name(step.recipient));
      result.action = "invalidation takes effect";
      return result;
    }
    switch (e.kind) {
      case EventClass::read:
      case EventClass::read_no_result:
        result.action = fmt::format("reads {} = {}", where, value);
        break;
      case EventClass::write: result.action = fmt::format("stores {} := {}", where, value); break;
      case EventClass::walk:
        result.action = fmt::format("translates by {} = {}", where, value);
        break;
      case EventClass::hardware_update:
        result.action = fmt::format("updates {} := {}", where, value);
        break;
      case EventClass::fault: {
        static constexpr std::array<std::string_view, 4> kinds{"none", "translation", "access flag",
                                                               "permission"};
        result.action = fmt::format("faults ({})", kinds.at(static_cast<std::size_t>(e.fault)));
        break;
      }
      case EventClass::tlbi:
      case EventClass::command:
      case EventClass::command_sync:
      case EventClass::dsb:
      case EventClass::dmb: result.action = i.text; break;
      case EventClass::context_sync:
        result.action = i.op == Op::isb                ? "isb"
                        : i.op == Op::exception_return ? "exception return"
                                                       : "exception entry";
        break;
    }
    return result;
  }

  std::string place(const Value& location) const {
    return location.kind == Value::Kind::address ? fmt::format("PA({})", test_.text(location))
                                                 : test_.text(location);
  }

  const Test& test_;
  const AnswerOptions& options_;
  z3::context context_;
  Events events_;
  Encoding encoding_;
  std::vector<z3::model> model_;
};

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::allowed: return "Allowed";
    case Verdict::forbidden: return "Forbidden";
    case Verdict::required: return "Required";
    case Verdict::not_required: return "Not required";
    case Verdict::unsupported: return "Unsupported";
    case Verdict::unknown: return "Unknown";
  }
  return "";
}

Answer answer(const Test& test, const AnswerOptions& options) {
  Answer result;
  if (!test.unsupported.empty()) {
    result.verdict = Verdict::unsupported;
    result.reason = test.unsupported.front();
    return result;
  }
  try {
    return Question(test, options).answer();
  } catch (const Unsupported& what) {
    result.verdict = Verdict::unsupported;
    result.reason = what.what();
  } catch (const std::runtime_error& what) {
    result.verdict = Verdict::unknown;
    result.reason = what.what();
  } catch (const z3::exception& what) {
    result.verdict = Verdict::unknown;
    result.reason = fmt::format("no answer from the solver: {}", what.msg());
  }
  return result;
}

}  // namespace tlbmc::litmus
