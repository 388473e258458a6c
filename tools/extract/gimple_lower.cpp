#include "tools/extract/gimple_lower.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "tools/extract/event_matcher.h"
#include "tools/extract/expression_table.h"
#include "tools/extract/gimple_cursor.h"
#include "tools/extract/gimple_values.h"

namespace tlbmc::extract {

namespace {

using gimple::Block;
using gimple::Statement;
using gimple::Term;
using Kind = Node::Kind;

constexpr std::string_view kNoEvent = "none";  // of event rules

class Lowering {
 public:
  Lowering(const gimple::Function& source, const LowerContext& context)
      : source_(source),
        context_(context),
        values_(source, context.bit_fields, table_),
        matcher_(context.rules, table_, source.name) {}

  Function run() {
    function_.name = source_.name;
    function_.unit = context_.unit;
    for (const gimple::Parameter& parameter : source_.parameters)
      function_.parameters.push_back({parameter.name, parameter.type});
    number_blocks();
    add(Kind::entry, {});
    make_heads();
    at_entry_ = values_.current;
    for (const std::size_t block : order_) {
      begin_block(block);
      for (const Statement& statement : source_.blocks[block].statements) lower_safely(statement);
      end_block(block);
    }
    fill_phis();
    connect();
    find_definition();
    compact();
    return std::move(function_);
  }

 private:
  // ---- nodes ----

  NodeId add(Kind kind, const gimple::Location& at) {
    Node node;
    node.kind = kind;
    if (at.line > 0) node.at = fmt::format("{}:{}", context_.paths.relative(at.file), at.line);
    function_.nodes.push_back(std::move(node));
    return static_cast<NodeId>(function_.nodes.size() - 1);
  }
  // Adds a node behind the current one.
  NodeId append(Kind kind, const gimple::Location& at) {
    const NodeId id = add(kind, at);
    link(tail_, id);
    tail_ = id;
    return id;
  }
  Node& node(NodeId id) { return function_.nodes[id]; }
  void link(NodeId from, NodeId to, std::string label = {}) {
    node(from).successors.push_back({to, std::move(label)});
    node(to).predecessors.push_back(from);
  }

  // ---- blocks ----

  void number_blocks() {
    for (std::size_t i = 0; i < source_.blocks.size(); ++i) {
      index_[source_.blocks[i].number] = i;
      for (const Statement& statement : source_.blocks[i].statements)
        if (statement.kind == Statement::Kind::label) labels_[statement.text] = i;
    }
    // Reverse postorder, so that definitions come before uses.
    std::vector<char> seen(source_.blocks.size(), 0);
    std::vector<std::pair<std::size_t, std::size_t>> stack{{0, 0}};
    seen[0] = 1;
    while (!stack.empty()) {
      const std::size_t block = stack.back().first;
      const std::vector<int>& successors = source_.blocks[block].successors;
      if (stack.back().second == successors.size()) {
        order_.push_back(block);
        stack.pop_back();
        continue;
      }
      const std::size_t next = index_.at(successors[stack.back().second++]);
      if (seen[next] != 0) continue;
      seen[next] = 1;
      stack.emplace_back(next, 0);
    }
    std::reverse(order_.begin(), order_.end());
  }

  struct State {
    NodeId head = 0, tail = 0;
    bool done = false;
    std::map<std::string, ExprId> out;  // what tracked variables hold at its end
    std::vector<std::size_t> from;      // predecessors that can be reached, in the dump's order
  };

  void make_heads() {
    states_.resize(source_.blocks.size());
    const std::set<std::size_t> reached(order_.begin(), order_.end());
    for (const std::size_t block : order_) {
      states_[block].head = add(Kind::plain, {});
      for (const int number : source_.blocks[block].predecessors)
        if (const std::size_t from = index_.at(number); reached.contains(from))
          states_[block].from.push_back(from);
    }
    link(0, states_[order_.front()].head);
  }

  void begin_block(std::size_t block) {
    const State& state = states_[block];
    tail_ = state.head;
    block_ = block;
    ended_ = false;
    if (block == 0 && state.from.empty()) {
      values_.current = at_entry_;
    } else if (block != 0 && state.from.size() == 1 && states_[state.from[0]].done) {
      values_.current = states_[state.from[0]].out;
    } else {
      values_.current.clear();
      for (const std::string& name : values_.tracked()) {
        const ExprId phi = table_.phi(state.head, name, values_.type_of(name));
        values_.current[name] = phi;
        waiting_.push_back({phi, block, name, nullptr});
      }
    }
  }

  void end_block(std::size_t block) {
    const Block& source = source_.blocks[block];
    const bool leads_on = !source.successors.empty();
    if (!ended_ && !leads_on) append(source.to_exit ? Kind::returns : Kind::stop, {});
    const Kind last = node(tail_).kind;
    if (leads_on == (last == Kind::returns || last == Kind::stop))
      gimple::fail_at(source.dump_line, fmt::format("block {} ends in a way that does not fit its "
                                                    "successors",
                                                    source.number));
    states_[block].tail = tail_;
    states_[block].out = values_.current;
    states_[block].done = true;
  }

  // Edges between blocks, in the order of the dump's predecessors, which is that of the phis.
  void connect() {
    for (const std::size_t block : order_)
      for (const std::size_t from : states_[block].from)
        link(states_[from].tail, states_[block].head, edge_label(from, block));
    for (const std::size_t block : order_) {
      Node& last = node(states_[block].tail);
      if (last.kind == Kind::branch && last.successors.size() == 1) {
        last.kind = Kind::plain;  // both ways lead to the same block
        last.branch.reset();
        last.event.reset();
        last.successors[0].label.clear();
      }
    }
  }

  std::string edge_label(std::size_t from, std::size_t to) const {
    const Block& block = source_.blocks[from];
    if (block.statements.empty()) return {};
    const Statement& last = block.statements.back();
    const int target = source_.blocks[to].number;
    if (last.kind == Statement::Kind::condition)
      return block.goto_true == target ? "true" : "false";
    if (last.kind == Statement::Kind::jump) return "jump";
    std::string label;
    const auto add_label = [&](const std::string& name, const std::string& text) {
      const auto found = labels_.find(name);
      if (found == labels_.end())
        gimple::fail_at(last.dump_line, fmt::format("there is no label {}", name));
      if (found->second == to) label += (label.empty() ? "" : ",") + text;
    };
    if (last.kind == Statement::Kind::selection)
      for (const Statement::Case& one : last.cases) add_label(one.label, one.constants);
    if (last.kind == Statement::Kind::assembly && last.assembly.jumps) {
      for (const std::string& name : last.assembly.labels) add_label(name, name);
      if (label.empty()) label = "fallthrough";
    }
    return label;
  }

  // ---- phis ----

  // GimpleValues reports a name without a definition; here is known where.
  template <typename F>
  auto guarded(F&& run) {
    try {
      return run();
    } catch (const InputError& error) {
      const Diagnostic& diagnostic = error.diagnostic();
      if (!diagnostic.path.empty()) throw;
      gimple::fail_at(current_line_,
                      fmt::format("{} is used before its definition", diagnostic.message));
    }
  }

  struct Waiting {
    ExprId phi;
    std::size_t block;
    std::string name;            // of a tracked variable, or
    const Statement* statement;  // GCC's
  };

  // The operands are in the order of the head's predecessors; the entry is the first.
  void fill_phis() {
    for (const Waiting& one : waiting_) {
      std::vector<ExprId> operands;
      if (one.block == 0) operands.push_back(phi_operand(one, 0, at_entry_, 0));
      for (const std::size_t from : states_[one.block].from)
        operands.push_back(
            phi_operand(one, source_.blocks[from].number, states_[from].out, states_[from].tail));
      table_.at(one.phi).operands = std::move(operands);
    }
  }

  ExprId phi_operand(const Waiting& one, int number, const std::map<std::string, ExprId>& held,
                     NodeId from) {
    if (one.statement == nullptr) {
      const auto found = held.find(one.name);
      return found == held.end() ? kNoExpr : found->second;
    }
    for (const auto& [term, predecessor] : one.statement->phi) {
      if (predecessor != number) continue;
      current_line_ = one.statement->dump_line;
      const Term& value = term;
      return guarded([&] { return values_.value(value, from); });
    }
    return kNoExpr;
  }

  // ---- statements ----

  void lower_safely(const Statement& statement) {
    current_line_ = statement.dump_line;
    if (ended_ && statement.kind != Statement::Kind::clobber)
      gimple::fail_at(current_line_, "expected the end of the block");
    guarded([&] {
      lower(statement);
      return 0;
    });
  }

  void lower(const Statement& statement) {
    switch (statement.kind) {
      case Statement::Kind::assign: return assign(statement);
      case Statement::Kind::call: return call(statement);
      case Statement::Kind::assembly: return assembly(statement);
      case Statement::Kind::condition:
      case Statement::Kind::selection:
      case Statement::Kind::jump: return branch(statement);
      case Statement::Kind::returns: return returns(statement);
      case Statement::Kind::phi: {
        if (tail_ != states_[block_].head)
          gimple::fail_at(statement.dump_line, "expected this PHI at the beginning of its block");
        const ExprId phi = table_.phi(tail_, values_.variable_of(statement.left.text),
                                      values_.type_of(statement.left.text));
        waiting_.push_back({phi, block_, "", &statement});
        return values_.define(statement.left.text, phi, statement.dump_line);
      }
      case Statement::Kind::label:
      case Statement::Kind::clobber: return;
    }
  }

  static std::optional<Event> meaningful(std::optional<Event> event) {
    return event && event->kind == kNoEvent ? std::nullopt : std::move(event);
  }
  // The node is an event; or nothing happens there, not even the call.
  void take(NodeId id, Event event) {
    if (event.kind == kNoEvent) {
      node(id).kind = Kind::plain;
      node(id).call.reset();
    } else {
      node(id).kind = Kind::event;
      node(id).event = std::move(event);
    }
  }

  void branch(const Statement& statement) {
    const NodeId id = append(Kind::branch, statement.at);
    node(id).branch = Branch{statement.text, values_.value(statement.right, id)};
    if (statement.kind == Statement::Kind::condition)
      node(id).event = meaningful(matcher_.test(node(id).branch->condition));
    ended_ = true;
  }

  void returns(const Statement& statement) {
    const NodeId id = append(Kind::returns, statement.at);
    if (statement.has_right) node(id).result = values_.value(statement.right, id);
    ended_ = true;
  }

  void assembly(const Statement& statement) {
    const NodeId id = append(statement.assembly.jumps ? Kind::branch : Kind::plain, statement.at);
    std::vector<ExprId> inputs;
    for (const Term& term : statement.assembly.inputs) inputs.push_back(values_.value(term, id));
    if (statement.assembly.jumps) {
      node(id).branch = Branch{"asm goto", kNoExpr};
      ended_ = true;
    } else {
      instructions(statement, inputs);
    }
    for (const Term& term : statement.assembly.outputs) {
      if (term.kind == Term::Kind::name && values_.is_ssa(term.text))
        values_.define(term.text, table_.unknown("set by asm"), statement.dump_line);
      else
        store(statement, term, table_.unknown("set by asm"));
    }
  }

  // Each instruction of an asm may be an event: "eieio; tlbsync; ptesync".
  void instructions(const Statement& statement, const std::vector<ExprId>& inputs) {
    const std::string& text = statement.assembly.text;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.size(), text.find_first_of(";\n", begin));
      if (auto event = matcher_.assembly(text.substr(begin, end - begin), inputs))
        take(append(Kind::plain, statement.at), std::move(*event));
      begin = end + 1;
    }
  }

  void assign(const Statement& statement) {
    const Term& right = statement.right;
    if (right.kind == Term::Kind::call) return call(statement);
    const bool to_ssa =
        statement.left.kind == Term::Kind::name && values_.is_ssa(statement.left.text);
    if (values_.loads(right)) append(Kind::plain, statement.at);
    const std::string type = to_ssa ? values_.type_of(statement.left.text) : "";
    give(statement, values_.value(right, tail_, type));
  }

  // The left-hand side gets a value.
  void give(const Statement& statement, ExprId value) {
    if (!statement.has_left) return;
    const Term& left = statement.left;
    if (left.kind == Term::Kind::name && values_.is_ssa(left.text))
      values_.define(left.text, value, statement.dump_line);
    else
      store(statement, left, value);
  }

  void store(const Statement& statement, const Term& left, ExprId value) {
    if (values_.tracked_base(left)) return values_.assign_tracked(left, value, tail_);
    const NodeId id = append(Kind::assign, statement.at);
    const ExprId place = values_.place(left, id);
    if (auto event = matcher_.store(place, value)) take(id, std::move(*event));
    node(id).assign = Assign{place, value};
  }

  void call(const Statement& statement) {
    const Term& term = statement.right;
    const Term& target = term.children[0];
    const std::string type = statement.has_left && statement.left.kind == Term::Kind::name
                                 ? values_.type_of(statement.left.text)
                                 : "";
    const bool direct = target.kind == Term::Kind::name && !values_.is_ssa(target.text) &&
                        !source_.locals.contains(target.text);
    const std::string callee = direct ? target.text : "";
    if (callee == ".DEFERRED_INIT") return give(statement, table_.unknown("not initialised"));
    const bool builtin = callee.starts_with("__builtin_") || callee.starts_with(".");
    const bool stops = callee == "__builtin_unreachable" || callee == "__builtin_trap";
    if (builtin && !stops && statement.has_left) return give(statement, builtin_call(term, callee));
    const NodeId id = append(stops ? Kind::stop : Kind::call, statement.at);
    ended_ |= stops;
    Call result;
    result.callee = callee;
    if (!direct) result.target = values_.value(target, id);
    for (std::size_t i = 1; i < term.children.size(); ++i)
      result.arguments.push_back(values_.value(term.children[i], id));
    const ExprId returned = table_.call(callee, result.arguments, id, type);
    node(id).call = result;
    if (auto event = matcher_.call(callee, result.arguments, returned)) take(id, std::move(*event));
    give(statement, returned);
  }

  ExprId builtin_call(const Term& term, const std::string& callee) {
    for (const Term& child : term.children)
      if (&child != term.children.data() && values_.loads(child)) {
        append(Kind::plain, {});
        break;
      }
    std::vector<ExprId> arguments;
    for (std::size_t i = 1; i < term.children.size(); ++i)
      arguments.push_back(values_.value(term.children[i], tail_));
    if (callee == "__builtin_expect" && !arguments.empty()) return arguments[0];
    return table_.operation("builtin:" + callee, std::move(arguments));
  }

  // ---- the function ----

  void find_definition() {
    for (const Node& one : function_.nodes) {
      const std::size_t colon = one.at.rfind(':');
      if (colon == std::string::npos) continue;
      function_.file = one.at.substr(0, colon);
      function_.line = std::stoi(one.at.substr(colon + 1));
      break;
    }
    function_.is_static = function_.file != context_.unit;
  }

  void compact() {
    auto [expressions, renamed] = table_.compact();
    function_.expressions = std::move(expressions);
    const auto rename = [&](ExprId& id) {
      if (id != kNoExpr) id = renamed[id];
    };
    for (Node& one : function_.nodes) {
      rename(one.result);
      if (one.event)
        for (auto& [key, id] : one.event->values) rename(id);
      if (one.call) {
        rename(one.call->target);
        for (ExprId& id : one.call->arguments) rename(id);
      }
      if (one.branch) rename(one.branch->condition);
      if (one.assign) {
        rename(one.assign->place);
        rename(one.assign->value);
      }
    }
  }

  const gimple::Function& source_;
  const LowerContext& context_;
  ExpressionTable table_;
  GimpleValues values_;
  EventMatcher matcher_;
  Function function_;
  std::map<int, std::size_t> index_;           // number of a block -> its index
  std::map<std::string, std::size_t> labels_;  // -> index of the block
  std::vector<std::size_t> order_;
  std::vector<State> states_;
  std::map<std::string, ExprId> at_entry_;  // what tracked parameters hold
  std::vector<Waiting> waiting_;
  NodeId tail_ = 0;
  std::size_t block_ = 0;
  bool ended_ = false;
  int current_line_ = 0;
};

}  // namespace

Function lower(const gimple::Function& source, const LowerContext& context) {
  return Lowering(source, context).run();
}

}  // namespace tlbmc::extract
