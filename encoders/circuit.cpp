#include "encoders/circuit.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

namespace tlbmc {

Literal Circuit::add_input(std::string name) {
  inputs_.push_back(std::move(name));
  return literal(inputs_.size());
}

Literal Circuit::add_latch(std::string name) {
  latches_.push_back(std::move(name));
  next_.push_back(kFalse);
  return latch(latches_.size() - 1);
}

void Circuit::set_next(Literal latch, Literal next) {
  next_[latch / 2 - 1 - inputs_.size()] = next;
}

Literal Circuit::both(Literal a, Literal b) {
  if (a < b) std::swap(a, b);
  if (b == kFalse || a == negated(b)) return kFalse;
  if (b == kTrue || a == b) return a;
  const auto [entry, fresh] =
      known_.try_emplace((std::uint64_t{a} << 32U) | b, gate(gates_.size()));
  if (fresh) gates_.emplace_back(a, b);
  return entry->second;
}

namespace {

using Bits = std::vector<Literal>;  // lowest first

std::size_t width(std::size_t values) {
  return values <= 2 ? 1 : static_cast<std::size_t>(std::bit_width(values - 1));
}

class Builder {
 public:
  explicit Builder(const Instance& instance) : instance_(instance), pool_(*instance.system.pool) {}

  Circuit run() {
    number_commands();
    declare();
    for (std::size_t i = 0; i < instance_.commands.size(); ++i) add_command(i);
    for (const StateCheck& check : instance_.state_checks)
      circuit_.bad_state =
          circuit_.either(circuit_.bad_state, circuit_.both(started_, truth(check.condition)));
    set_next_values();
    return std::move(circuit_);
  }

 private:
  // The commands that a thread has at one place, or that need no thread at a place, are numbered.
  void number_commands() {
    std::map<std::pair<int, int>, std::size_t> count;
    for (const Command& c : instance_.commands) {
      number_.push_back(count[{c.thread, c.from}]++);
      most_ = std::max(most_, number_.back() + 1);
      if (c.thread < 0) continue;
      places_.try_emplace(c.from, places_.size());
      places_.try_emplace(c.to, places_.size());
    }
  }

  Bits inputs(const std::string& name, std::size_t values) {
    Bits bits;
    for (std::size_t i = 0; i < width(values); ++i)
      bits.push_back(circuit_.add_input(fmt::format("{}.{}", name, i)));
    return bits;
  }
  Bits latches(const std::string& name, std::size_t values) {
    Bits bits;
    for (std::size_t i = 0; i < width(values); ++i)
      bits.push_back(circuit_.add_latch(fmt::format("{}.{}", name, i)));
    return bits;
  }

  void declare() {
    const auto threads = static_cast<std::size_t>(instance_.threads);
    start_ = inputs("initial", instance_.initial.size());
    who_ = inputs("who", threads + 1);
    which_ = inputs("which", most_);
    started_ = circuit_.add_latch("started");
    for (const Variable& v : instance_.variables)
      variables_.push_back(latches(v.name, static_cast<std::size_t>(v.domain)));
    for (std::size_t t = 0; t < threads; ++t)
      place_.push_back(latches(fmt::format("place{}", t), places_.size()));
    for (const auto* group : {&variables_, &place_})
      for (const Bits& bits : *group)
        for (const Literal bit : bits) writes_[bit] = {};
  }

  Literal equal(const Bits& bits, std::size_t value) {
    Literal all = Circuit::kTrue;
    for (std::size_t i = 0; i < bits.size(); ++i)
      all = circuit_.both(all, ((value >> i) & 1U) != 0 ? bits[i] : Circuit::negated(bits[i]));
    return (value >> bits.size()) != 0 ? Circuit::kFalse : all;
  }
  static Bits constant(std::size_t value, std::size_t bits) {
    Bits result;
    for (std::size_t i = 0; i < bits; ++i)
      result.push_back(((value >> i) & 1U) != 0 ? Circuit::kTrue : Circuit::kFalse);
    return result;
  }

  Literal truth(Expr e) { return value(e)[0]; }

  Bits value(Expr e) {
    const auto known = values_.find(e.id());
    if (known != values_.end()) return known->second;
    Bits result = computed(pool_.node(e));
    values_.emplace(e.id(), result);
    return result;
  }

  Bits computed(const ExprPool::Node n) {
    using Op = ExprPool::Op;
    const auto arg = [&](std::size_t i) { return value(pool_.at(n.args.at(i))); };
    switch (n.op) {
      case Op::constant: return constant(n.args[0], width(n.args[0] + 1));
      case Op::variable: return variables_[n.args[1]];
      case Op::equals: return {equal(arg(0), n.args[1])};
      case Op::conjunction: return {circuit_.both(arg(0)[0], arg(1)[0])};
      case Op::negation: return {Circuit::negated(arg(0)[0])};
      case Op::conditional: break;
    }
    const Literal condition = arg(0)[0];
    Bits yes = arg(1), no = arg(2);
    yes.resize(std::max(yes.size(), no.size()), Circuit::kFalse);
    no.resize(yes.size(), Circuit::kFalse);
    for (std::size_t i = 0; i < yes.size(); ++i) yes[i] = circuit_.choose(condition, yes[i], no[i]);
    return yes;
  }

  void add_command(std::size_t index) {
    const Command& command = instance_.commands[index];
    const bool moves = command.thread >= 0;
    const auto thread = static_cast<std::size_t>(moves ? command.thread : instance_.threads);
    Literal taken = circuit_.both(started_, equal(who_, thread));
    if (moves) taken = circuit_.both(taken, equal(place_[thread], places_.at(command.from)));
    taken =
        circuit_.both(circuit_.both(taken, equal(which_, number_[index])), truth(command.guard));
    circuit_.bad_step = circuit_.either(circuit_.bad_step,
                                        circuit_.both(taken, truth(instance_.violation(command))));
    for (const Update& u : command.updates)
      write(taken, variables_[static_cast<std::size_t>(u.target.index)], value(u.value));
    if (moves)
      write(taken, place_[thread], constant(places_.at(command.to), place_[thread].size()));
  }

  void write(Literal taken, const Bits& target, Bits bits) {
    bits.resize(target.size(), Circuit::kFalse);
    for (std::size_t i = 0; i < target.size(); ++i) {
      Write& w = writes_[target[i]];
      w.written = circuit_.either(w.written, taken);
      w.value = circuit_.either(w.value, circuit_.both(taken, bits[i]));
    }
  }

  void set_next_values() {
    circuit_.set_next(started_, Circuit::kTrue);
    for (const auto& [latch, w] : writes_)
      circuit_.set_next(
          latch, circuit_.either(w.value, circuit_.both(Circuit::negated(w.written), latch)));
    for (std::size_t v = 0; v < variables_.size(); ++v)
      for (std::size_t i = 0; i < variables_[v].size(); ++i) start(v, i);
  }

  // In the first step nothing is written, and the latch is still 0. A number that no initial state
  // has stands for the first one.
  void start(std::size_t variable, std::size_t bit) {
    Literal set = Circuit::kFalse;
    Literal others = Circuit::kTrue;
    const auto is_set = [&](std::size_t i) {
      return ((static_cast<unsigned>(instance_.initial[i][variable]) >> bit) & 1U) != 0;
    };
    for (std::size_t i = 1; i < instance_.initial.size(); ++i) {
      const Literal chosen = equal(start_, i);
      others = circuit_.both(others, Circuit::negated(chosen));
      if (is_set(i)) set = circuit_.either(set, chosen);
    }
    if (is_set(0)) set = circuit_.either(set, others);
    const Literal latch = variables_[variable][bit];
    const Write& w = writes_[latch];
    const Literal later =
        circuit_.either(w.value, circuit_.both(Circuit::negated(w.written), latch));
    circuit_.set_next(latch,
                      circuit_.either(later, circuit_.both(Circuit::negated(started_), set)));
  }

  struct Write {
    Literal written = Circuit::kFalse, value = Circuit::kFalse;
  };

  const Instance& instance_;
  ExprPool& pool_;
  Circuit circuit_;
  std::vector<std::size_t> number_;  // by command
  std::size_t most_ = 1;
  std::map<int, std::size_t> places_{{0, 0}};  // program node -> number
  Bits start_, who_, which_;
  Literal started_ = Circuit::kFalse;
  std::vector<Bits> variables_, place_;
  std::map<Literal, Write> writes_;  // by latch
  std::unordered_map<std::uint32_t, Bits> values_;
};

}  // namespace

Circuit to_circuit(const Instance& instance) { return Builder(instance).run(); }

}  // namespace tlbmc
