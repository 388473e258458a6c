#include "encoders/encoding.h"

#include <fmt/format.h>

#include <algorithm>

#include "encoders/solver.h"

namespace tlbmc {

Encoding::Encoding(const System& system, int threads)
    : system_(system),
      threads_(threads),
      solver_(leaving_interrupts(z3::solver(context_, "QF_FD"))) {
  prepare();
  layers_.push_back(new_layer(0));
  assert_initial();
}

void Encoding::extend() {
  const int k = depth();
  layers_.push_back(new_layer(k + 1));
  add_choices(k);
  for (const Choice& choice : choices_.back()) add_step(k, choice);
  add_frame(k);
  add_locations(k);
}

// --- preparation: everything that creates expressions ---

void Encoding::prepare() {
  for (const Transition& t : system_.thread) thread_.push_back(prepared(t));
  for (const Transition& t : system_.hardware) hardware_.push_back(prepared(t));
  for (auto* list : {&thread_, &hardware_})
    for (Prepared& p : *list) collect_footprint(p);
  // A local that nobody else reads or broadcasts to is private.
  for (auto* list : {&thread_, &hardware_})
    for (Prepared& p : *list)
      for (std::size_t i = 0; i < system_.local.size(); ++i)
        if (!watched_.contains(static_cast<int>(i)))
          p.footprint.reads[system_.shared.size() + i] =
              p.footprint.writes[system_.shared.size() + i] = false;
}

Encoding::Prepared Encoding::prepared(const Transition& t) {
  Prepared p{&t, {}, -1, -1, {}};
  if (t.from >= 0) {
    p.from = location_number(t.from);
    p.to = location_number(t.to);
  }
  for (const auto* updates : {&t.updates, &t.broadcast})
    for (const Update& update : *updates) {
      BitUpdate bits{update.target, {}};
      const int domain = domain_of(update.target);
      if (domain == 2) bits.bits.push_back(update.value);
      for (int value = 0; domain > 2 && value < domain; ++value)
        bits.bits.push_back(update.value.is(value));
      p.updates.push_back(std::move(bits));
    }
  return p;
}

int Encoding::location_number(int node) {
  return locations_.try_emplace(node, static_cast<int>(locations_.size())).first->second;
}

int Encoding::domain_of(VarRef var) const {
  const auto& variables = var.scope == Scope::shared ? system_.shared : system_.local;
  return variables[static_cast<std::size_t>(var.index)].domain;
}

void Encoding::collect_footprint(Prepared& p) {
  const auto count = system_.shared.size() + system_.local.size();
  Footprint& f = p.footprint;
  f.reads.assign(count, false);
  f.writes.assign(count, false);
  std::set<std::uint32_t> done;
  const Transition& t = *p.transition;
  collect_reads(t.guard, f, done);
  collect_reads(t.others, f, done);
  for (const Expr some : t.some_other) collect_reads(some, f, done);
  for (const StepCheck& check : t.checks) collect_reads(check.condition, f, done);
  for (const BitUpdate& update : p.updates) {
    for (const Expr bit : update.bits) collect_reads(bit, f, done);
    f.writes[position(update.target)] = true;
    if (update.target.scope == Scope::other) watched_.insert(update.target.index);
  }
}

std::size_t Encoding::position(VarRef var) const {
  return static_cast<std::size_t>(var.index) +
         (var.scope == Scope::shared ? 0 : system_.shared.size());
}

void Encoding::collect_reads(Expr e, Footprint& f, std::set<std::uint32_t>& done) {
  if (!done.insert(e.id()).second) return;
  const ExprPool::Node n = system_.pool->node(e);
  if (n.op == ExprPool::Op::variable) {
    const VarRef var{static_cast<Scope>(n.args[0]), static_cast<int>(n.args[1])};
    f.reads[position(var)] = true;
    if (var.scope == Scope::other) watched_.insert(var.index);
  }
  for (std::size_t i = 0; i < ExprPool::arity(n.op); ++i)
    collect_reads(system_.pool->at(n.args.at(i)), f, done);
}

// --- states ---

Encoding::Value Encoding::fresh_value(const std::string& name, int domain) {
  Value value;
  for (int i = 0; i < (domain == 2 ? 1 : domain); ++i)
    value.push_back(fresh(fmt::format("{}={}", name, i)));
  return value;
}

Encoding::Layer Encoding::new_layer(int k) {
  Layer layer;
  for (const Variable& variable : system_.shared)
    layer.shared.push_back(fresh_value(fmt::format("{}@{}", variable.name, k), variable.domain));
  for (int t = 0; t < threads_; ++t) {
    layer.local.emplace_back();
    for (const Variable& variable : system_.local)
      layer.local.back().push_back(
          fresh_value(fmt::format("{}#{}@{}", variable.name, t, k), variable.domain));
    layer.location.emplace_back();
    for (const auto& [node, index] : locations_)
      layer.location.back().push_back(fresh(fmt::format("at#{}@{}={}", t, k, index)));
  }
  return layer;
}

void Encoding::assert_initial() {
  const Layer& layer = layers_.front();
  solver_.add(truth(system_.initial, 0, 0, 0));
  for (const Value& value : layer.shared) exactly_one(value);
  const auto only = [&](const Value& value, std::size_t set) {
    for (std::size_t i = 0; i < value.size(); ++i) solver_.add(i == set ? value[i] : !value[i]);
  };
  for (std::size_t t = 0; t < layer.location.size(); ++t) {
    only(layer.location[t], static_cast<std::size_t>(locations_.at(0)));
    for (const Value& value : layer.local[t]) only(value, value.size() == 1 ? 1 : 0);
  }
}

void Encoding::exactly_one(const Value& value) {
  if (value.size() == 1) return;
  z3::expr_vector any(context_);
  for (const z3::expr& e : value) any.push_back(e);
  solver_.add(z3::mk_or(any));
  at_most_one(value);
}

void Encoding::at_most_one(const Value& value) {
  for (std::size_t i = 0; i < value.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) solver_.add(!value[i] || !value[j]);
}

const Encoding::Value& Encoding::value_of(VarRef var, int k, int self, int other) const {
  const Layer& layer = layers_[static_cast<std::size_t>(k)];
  const auto index = static_cast<std::size_t>(var.index);
  if (var.scope == Scope::shared) return layer.shared[index];
  return layer.local[static_cast<std::size_t>(var.scope == Scope::self ? self : other)][index];
}

z3::expr Encoding::truth(Expr e, int k, int self, int other) {
  const auto key = std::make_tuple(k, self, other, e.id());
  const auto known = translated_.find(key);
  if (known != translated_.end()) return known->second;
  const ExprPool::Node n = system_.pool->node(e);
  const auto arg = [&](std::size_t i) {
    return truth(system_.pool->at(n.args.at(i)), k, self, other);
  };
  z3::expr result(context_);
  switch (n.op) {
    case ExprPool::Op::constant: result = context_.bool_val(n.args[0] != 0); break;
    case ExprPool::Op::variable:
      result =
          value_of({static_cast<Scope>(n.args[0]), static_cast<int>(n.args[1])}, k, self, other)[0];
      break;
    case ExprPool::Op::equals: {
      const ExprPool::Node v = system_.pool->node(system_.pool->at(n.args[0]));
      result = value_of({static_cast<Scope>(v.args[0]), static_cast<int>(v.args[1])}, k, self,
                        other)[n.args[1]];
      break;
    }
    case ExprPool::Op::conjunction: result = arg(0) && arg(1); break;
    case ExprPool::Op::negation: result = !arg(0); break;
    case ExprPool::Op::conditional: result = z3::ite(arg(0), arg(1), arg(2)); break;
  }
  translated_.emplace(key, result);
  return result;
}

std::vector<int> Encoding::shared_values(const z3::model& model, int k) const {
  const auto holds = [&](const z3::expr& e) { return model.eval(e, true).is_true(); };
  std::vector<int> values;
  for (const Value& value : layers_[static_cast<std::size_t>(k)].shared) {
    if (value.size() == 1)
      values.push_back(holds(value[0]) ? 1 : 0);
    else
      values.push_back(
          static_cast<int>(std::find_if(value.begin(), value.end(), holds) - value.begin()));
  }
  return values;
}

// --- steps ---

void Encoding::add_choices(int k) {
  const Layer& layer = layers_[static_cast<std::size_t>(k)];
  who_.push_back(fresh_value(fmt::format("who@{}", k), std::max(3, threads_ + 1)));
  const Value& who = who_.back();
  exactly_one(who);
  for (std::size_t i = static_cast<std::size_t>(threads_) + 1; i < who.size(); ++i)
    solver_.add(!who[i]);
  std::vector<Choice> choices;
  Value by_hardware;
  for (std::size_t i = 0; i < hardware_.size(); ++i) {
    choices.push_back({{-1, static_cast<int>(i)}, fresh(fmt::format("hardware{}@{}", i, k))});
    by_hardware.push_back(choices.back().selector);
  }
  one_of_these(who[0], by_hardware);
  for (int t = 0; t < threads_; ++t) {
    Value by_thread;
    for (std::size_t i = 0; i < thread_.size(); ++i) {
      const z3::expr selector = fresh(fmt::format("step{}#{}@{}", i, t, k));
      choices.push_back({{t, static_cast<int>(i)}, selector});
      by_thread.push_back(selector);
      if (thread_[i].from >= 0)
        solver_.add(z3::implies(selector, layer.location[static_cast<std::size_t>(
                                              t)][static_cast<std::size_t>(thread_[i].from)]));
    }
    one_of_these(who[static_cast<std::size_t>(t) + 1], by_thread);
  }
  choices_.push_back(std::move(choices));
}

// Exactly one of them if `who` moves, none otherwise. At most one: a chain of "one so far".
void Encoding::one_of_these(const z3::expr& who, const Value& selectors) {
  z3::expr_vector any(context_);
  z3::expr before = context_.bool_val(false);
  for (const z3::expr& selector : selectors) {
    any.push_back(selector);
    solver_.add(!selector || !before);
    const z3::expr now = fresh(fmt::format("chain{}", chains_++));
    solver_.add(z3::implies(selector || before, now));
    before = now;
  }
  solver_.add(who == z3::mk_or(any));
}

const Encoding::Prepared& Encoding::prepared_of(const RunStep& step) const {
  const auto index = static_cast<std::size_t>(step.transition);
  return step.thread < 0 ? hardware_[index] : thread_[index];
}

const Transition& Encoding::transition(const RunStep& step) const {
  return *prepared_of(step).transition;
}

const Encoding::Footprint& Encoding::footprint(const RunStep& step) const {
  return prepared_of(step).footprint;
}

// Calls visit(update, other) for every update of a choice, broadcasts once for each other thread.
template <typename F>
void Encoding::for_each_update(const Choice& choice, F visit) const {
  for (const BitUpdate& update : prepared_of(choice.step).updates) {
    if (update.target.scope != Scope::other) {
      visit(update, 0);
      continue;
    }
    for (int other = 0; other < threads_; ++other)
      if (other != choice.step.thread) visit(update, other);
  }
}

void Encoding::add_step(int k, const Choice& choice) {
  const Transition& t = *prepared_of(choice.step).transition;
  const int self = std::max(choice.step.thread, 0);
  const auto require = [&](const z3::expr& condition) {
    solver_.add(z3::implies(choice.selector, condition));
  };
  require(truth(t.guard, k, self, self));
  for (int other = 0; other < threads_; ++other)
    if (other != choice.step.thread) require(truth(t.others, k, self, other));
  for (const Expr some : t.some_other) {
    z3::expr_vector any(context_);
    any.push_back(context_.bool_val(false));
    for (int other = 0; other < threads_; ++other)
      if (other != choice.step.thread) any.push_back(truth(some, k, self, other));
    require(z3::mk_or(any));
  }
  for_each_update(choice, [&](const BitUpdate& update, int other) {
    const Value& target = value_of(update.target, k + 1, self, other);
    for (std::size_t i = 0; i < target.size(); ++i)
      require(target[i] == truth(update.bits[i], k, self, other));
  });
}

// What no taken step updates stays.
void Encoding::add_frame(int k) {
  std::map<const Value*, z3::expr_vector> writers;
  for (const Choice& choice : choices_.back())
    for_each_update(choice, [&](const BitUpdate& update, int other) {
      const Value* target = &value_of(update.target, k + 1, std::max(choice.step.thread, 0), other);
      writers.try_emplace(target, context_).first->second.push_back(choice.selector);
    });
  const Layer& before = layers_[static_cast<std::size_t>(k)];
  const Layer& after = layers_[static_cast<std::size_t>(k) + 1];
  const auto keep = [&](const Value& from, const Value& to) {
    const auto found = writers.find(&to);
    for (std::size_t i = 0; i < from.size(); ++i) {
      const z3::expr same = to[i] == from[i];
      solver_.add(found == writers.end() ? same : z3::mk_or(found->second) || same);
    }
    if (to.size() > 1) exactly_one(to);
  };
  for (std::size_t i = 0; i < before.shared.size(); ++i) keep(before.shared[i], after.shared[i]);
  for (std::size_t t = 0; t < before.local.size(); ++t)
    for (std::size_t i = 0; i < before.local[t].size(); ++i)
      keep(before.local[t][i], after.local[t][i]);
}

// A thread is where its step ends, or stays where it was.
void Encoding::add_locations(int k) {
  for (int t = 0; t < threads_; ++t) {
    const auto thread = static_cast<std::size_t>(t);
    std::vector<z3::expr_vector> arrivals;  // copies of an expr_vector would be the same vector
    for (std::size_t i = 0; i < locations_.size(); ++i) arrivals.emplace_back(context_);
    z3::expr_vector moves(context_);
    for (const Choice& choice : choices_.back()) {
      const Prepared& p = prepared_of(choice.step);
      if (choice.step.thread != t || p.from < 0) continue;
      arrivals[static_cast<std::size_t>(p.to)].push_back(choice.selector);
      moves.push_back(choice.selector);
    }
    const z3::expr moved = fresh(fmt::format("moved#{}@{}", t, k));
    solver_.add(moved == z3::mk_or(moves));
    const Value& from = layers_[static_cast<std::size_t>(k)].location[thread];
    const Value& to = layers_[static_cast<std::size_t>(k) + 1].location[thread];
    for (std::size_t i = 0; i < to.size(); ++i) {
      arrivals[i].push_back(!moved && from[i]);
      solver_.add(to[i] == z3::mk_or(arrivals[i]));
    }
  }
}

}  // namespace tlbmc
