#include "encoders/promela.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <vector>

namespace tlbmc {

namespace {

constexpr const char* kHeader =
    R"(/* {}
 *
 * Does an assertion fail? Each is named for the property that is violated when it does.
 *   spin -a FILE && gcc -O2 -DSAFETY -DNOFAIR -DNOREDUCE -o pan pan.c && ./pan -m1000000
 * `pan -c0` looks for violations of every property, not for one only.
 *
 * One process for each thread; the init process is the hardware. Labels "end" say that a
 * process may wait for ever there, which is not asked about. `old...` hold values from before a
 * step; they are no part of the state. Comments name one action that the step stands for.
 */
)";

std::string within_comment(std::string text) {
  std::replace(text.begin(), text.end(), '*', '+');
  return text;
}

class Writer {
 public:
  Writer(const Instance& instance, const ExportContext& context)
      : instance_(instance), context_(context), pool_(*instance.system.pool) {}

  std::string run() {
    std::string processes;
    for (int t = 0; t < instance_.threads; ++t) processes += thread(t);
    processes += hardware();
    return fmt::format(kHeader, within_comment(context_.title)) + declarations() + processes;
  }

 private:
  // Written last: only then is known how many old values are kept.
  std::string declarations() {
    std::string text;
    for (const Variable& v : instance_.variables)
      text += v.domain == 2 ? fmt::format("bit {};\n", v.name)
                            : fmt::format("unsigned {} : {};\n", v.name,
                                          std::bit_width(static_cast<unsigned>(v.domain - 1)));
    for (const int property : asserted_)
      text += fmt::format("hidden byte {};\n", name_of(property));
    for (std::size_t i = 0; i < most_kept_; ++i) text += fmt::format("hidden byte old{};\n", i);
    return text;
  }

  std::string thread(int number) {
    std::map<int, std::vector<const Command*>> places;
    for (const Command& c : instance_.commands)
      if (c.thread == number) places[c.from].push_back(&c);
    std::string text = fmt::format("\nproctype thread{}() {{\n", number);
    for (const auto& [place, commands] : places) {
      text += fmt::format("end{}:\n  if\n", place);
      for (const Command* c : commands)
        text += fmt::format("  :: {} -> goto end{} /* {} */\n", step(*c), c->to, comment(*c));
      text += "  fi;\n";
    }
    return text + "}\n";
  }

  std::string hardware() {
    std::string text = "\ninit {\n  atomic {\n    if\n";
    for (const auto& values : instance_.initial) {
      text += "    ::";
      for (std::size_t i = 0; i < instance_.system.shared.size(); ++i)
        text +=
            fmt::format("{} {} = {}", i == 0 ? "" : ";", instance_.variables[i].name, values[i]);
      text += "\n";
    }
    text += "    fi;\n";
    for (int t = 0; t < instance_.threads; ++t) text += fmt::format("    run thread{}();\n", t);
    text += "  }\nend:\n  do\n";
    for (const Command& c : instance_.commands)
      if (c.thread < 0) text += fmt::format("  :: {} /* {} */\n", step(c), comment(c));
    for (const StateCheck& check : instance_.state_checks)
      text += fmt::format("  :: d_step {{ {} -> {} }}\n", expression(check.condition),
                          assertion(check.property, "0"));
    return text + "  od\n}\n";
  }

  std::string step(const Command& command) {
    const std::string guard =
        pool_.is_constant(command.guard, 1) ? "" : fmt::format("{} -> ", expression(command.guard));
    std::vector<std::string> statements;
    keep_shared(command, statements);
    for (const StepCheck& check : command.checks)
      if (!pool_.is_constant(check.condition, 0))
        statements.push_back(
            assertion(check.property, fmt::format("!{}", expression(check.condition))));
    add_assignments(command.updates, statements);
    if (statements.empty()) statements.emplace_back("skip");
    most_kept_ = std::max(most_kept_, kept_count_);
    kept_.clear();
    kept_count_ = 0;
    return fmt::format("d_step {{ {}{} }}", guard, fmt::join(statements, "; "));
  }

  // Terms that occur several times are computed once.
  void keep_shared(const Command& command, std::vector<std::string>& statements) {
    std::map<std::uint32_t, int> uses;
    for (const StepCheck& check : command.checks) count_uses(check.condition, uses);
    for (const Update& update : command.updates) count_uses(update.value, uses);
    // Terms are numbered after those they consist of.
    for (const auto& [id, count] : uses) {
      const Expr term = pool_.at(id);
      if (count == 1 || is_small(term)) continue;
      const std::string value = expression(term);
      statements.push_back(fmt::format("{} = {}", keep(id), value));
    }
  }

  void count_uses(Expr e, std::map<std::uint32_t, int>& uses) {
    if (++uses[e.id()] > 1) return;
    const ExprPool::Node& n = pool_.node(e);
    for (std::size_t i = 0; i < ExprPool::arity(n.op); ++i)
      count_uses(pool_.at(n.args.at(i)), uses);
  }

  [[nodiscard]] bool is_small(Expr e) const {
    using Op = ExprPool::Op;
    const ExprPool::Node& n = pool_.node(e);
    return n.op == Op::constant || n.op == Op::variable || n.op == Op::negation ||
           (n.op == Op::equals && pool_.node(n.args[0]).op == Op::variable);
  }

  const std::string& keep(std::uint32_t id) {
    return kept_.emplace(id, fmt::format("old{}", kept_count_++)).first->second;
  }

  std::string assertion(int property, const std::string& holds) {
    asserted_.insert(property);
    return fmt::format("{0} = {1}; assert({0})", name_of(property), holds);
  }

  [[nodiscard]] std::string name_of(int property) const {
    return identifier(context_.properties.at(static_cast<std::size_t>(property)));
  }

  // Simultaneous updates one after the other: the values of those targets that another update
  // reads are computed first and assigned last.
  void add_assignments(const std::vector<Update>& updates, std::vector<std::string>& statements) {
    std::vector<std::string> last;
    for (const bool kept : {true, false})
      for (const Update& update : updates) {
        const bool read = std::any_of(updates.begin(), updates.end(), [&](const Update& other) {
          return &other != &update && reads(other.value, update.target);
        });
        if (read != kept) continue;
        const std::string& target = name(update.target.index);
        const std::string now = read ? fmt::format("old{}", kept_count_++) : target;
        statements.push_back(fmt::format("{} = {}", now, expression(update.value)));
        if (read) last.push_back(fmt::format("{} = {}", target, now));
      }
    statements.insert(statements.end(), last.begin(), last.end());
  }

  bool reads(Expr e, VarRef target) {
    bool found = false;
    pool_.substitute(e, [&](VarRef var) {
      found = found || var == target;
      return pool_.variable(var);
    });
    return found;
  }

  [[nodiscard]] const std::string& name(int index) const {
    return instance_.variables[static_cast<std::size_t>(index)].name;
  }

  [[nodiscard]] std::string expression(Expr e) const {
    using Op = ExprPool::Op;
    const auto kept = kept_.find(e.id());
    if (kept != kept_.end()) return kept->second;
    const ExprPool::Node& n = pool_.node(e);
    switch (n.op) {
      case Op::constant: return std::to_string(n.args[0]);
      case Op::variable: return name(static_cast<int>(n.args[1]));
      case Op::equals: return fmt::format("({} == {})", operand(n, 0), n.args[1]);
      case Op::conjunction: return fmt::format("({})", chain(e, "&&", false));
      case Op::conditional:
        return fmt::format("({} -> {} : {})", operand(n, 0), operand(n, 1), operand(n, 2));
      case Op::negation: break;
    }
    const Expr inside = pool_.at(n.args[0]);
    if (pool_.node(inside).op == Op::conjunction && !kept_.contains(inside.id()))
      return fmt::format("({})", chain(inside, "||", true));
    return fmt::format("!{}", expression(inside));
  }
  [[nodiscard]] std::string operand(const ExprPool::Node& n, std::size_t i) const {
    return expression(pool_.at(n.args.at(i)));
  }
  // a && b && c, or the negation of it: !a || !b || !c.
  [[nodiscard]] std::string chain(Expr e, const char* connective, bool negated) const {
    const ExprPool::Node n = pool_.node(e);
    if (n.op != ExprPool::Op::conjunction || kept_.contains(e.id()))
      return expression(negated ? !e : e);
    return fmt::format("{} {} {}", chain(pool_.at(n.args[0]), connective, negated), connective,
                       chain(pool_.at(n.args[1]), connective, negated));
  }

  [[nodiscard]] std::string comment(const Command& command) const {
    static const std::map<Move::Kind, std::string> kWords{
        {Move::Kind::drain, "a queued PTE store becomes visible"},
        {Move::Kind::fill_cpu, "fill of a CPU TLB"},
        {Move::Kind::fill_smmu, "fill of an SMMU TLB"},
        {Move::Kind::fill_atc, "fill of an ATC"},
        {Move::Kind::free_frame, "the frame is freed"},
        {Move::Kind::unmap_elsewhere, "the frame is unmapped elsewhere"}};
    const Move& move = command.origin->moves.front();
    if (move.kind != Move::Kind::edge) return kWords.at(move.kind);
    const Edge& edge = context_.program.edges[static_cast<std::size_t>(move.edge)];
    return within_comment(fmt::format("{}: {}", describe(edge), chain_text(edge.chain)));
  }

  const Instance& instance_;
  const ExportContext& context_;
  ExprPool& pool_;
  std::set<int> asserted_;
  std::map<std::uint32_t, std::string> kept_;  // by term: where its value is kept, in this step
  std::size_t kept_count_ = 0, most_kept_ = 0;
};

}  // namespace

std::string to_promela(const Instance& instance, const ExportContext& context) {
  return Writer(instance, context).run();
}

}  // namespace tlbmc
