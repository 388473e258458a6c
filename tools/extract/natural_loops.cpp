#include "tools/extract/natural_loops.h"

#include <algorithm>

#include "tools/extract/value.h"

namespace tlbmc::extract {

namespace {

using Kind = Expression::Kind;

bool is_operation(const Expression& e, const char* op, std::size_t operands) {
  return e.kind == Kind::operation && e.text == op && e.operands.size() == operands;
}

}  // namespace

ExprId without_casts(const Function& f, ExprId e) {
  while (e != kNoExpr && f.expressions[e].is_cast() &&
         is_as_wide_as_addresses(f.expressions[e].type) && f.expressions[e].operands.size() == 1)
    e = f.expressions[e].operands.front();
  return e;
}

NaturalLoops::NaturalLoops(const Function& f) : function_(f), dominators_(f) {
  for (NodeId header = 0; header < f.nodes.size(); ++header) {
    NaturalLoop loop{header, {header}, {}, {}, {}};
    std::vector<NodeId> work;
    const auto& predecessors = f.nodes[header].predecessors;
    for (std::size_t i = 0; i < predecessors.size(); ++i) {
      const bool back = dominators_.dominates(header, predecessors[i]);
      (back ? loop.coming_round : loop.entering).push_back(i);
      if (back) work.push_back(predecessors[i]);
    }
    if (work.empty()) continue;
    while (!work.empty()) {
      const NodeId node = work.back();
      work.pop_back();
      if (!loop.body.insert(node).second) continue;
      for (const NodeId from : f.nodes[node].predecessors)
        if (dominators_.is_reached(from)) work.push_back(from);
    }
    for (const NodeId node : loop.body)
      for (const Edge& edge : f.nodes[node].successors)
        if (!loop.body.contains(edge.target)) loop.exits.emplace_back(node, edge.target);
    loops_.emplace(header, std::move(loop));
  }
}

const NaturalLoop* NaturalLoops::at(NodeId header) const {
  const auto found = loops_.find(header);
  return found == loops_.end() ? nullptr : &found->second;
}

bool NaturalLoops::is_in_loop_without(NodeId node, NodeId other) const {
  return std::any_of(loops_.begin(), loops_.end(), [&](const auto& loop) {
    return loop.second.body.contains(node) && !loop.second.body.contains(other);
  });
}

bool NaturalLoops::is_in_loop(NodeId node) const {
  return std::any_of(loops_.begin(), loops_.end(),
                     [&](const auto& loop) { return loop.second.body.contains(node); });
}

// A test that leads out of the loop: it goes on while `left op right`.
struct NaturalLoops::Test {
  std::pair<NodeId, NodeId> edge;
  ExprId left, right;
  std::string stays;  // "!=", "<", ">"
};

// Whether the value may be another one in the next round.
bool NaturalLoops::depends(ExprId e, const NaturalLoop& loop) const {
  const Expression& expression = at_expr(e);
  if (expression.kind == Kind::unknown) return true;
  if (expression.node && loop.body.contains(*expression.node)) return true;
  if (expression.kind == Kind::phi) return false;
  return std::any_of(expression.operands.begin(), expression.operands.end(),
                     [&](ExprId part) { return part == kNoExpr || depends(part, loop); });
}

std::vector<NaturalLoops::Test> NaturalLoops::tests(const NaturalLoop& loop) const {
  std::vector<Test> found;
  for (const auto& edge : loop.exits) {
    const Node& node = function_.nodes[edge.first];
    if (node.kind != Node::Kind::branch || !node.branch || node.branch->condition == kNoExpr)
      continue;
    const Expression* condition = &at_expr(node.branch->condition);
    const auto way = std::find_if(node.successors.begin(), node.successors.end(),
                                  [&](const Edge& e) { return e.target == edge.second; });
    bool leaves_if = way->label == "true";
    while (is_operation(*condition, "!", 1)) {
      leaves_if = !leaves_if;
      condition = &at_expr(condition->operands.front());
    }
    if (condition->kind != Kind::operation || condition->operands.size() != 2) continue;
    static const std::map<std::string, std::string> kOpposite{
        {"==", "!="}, {"!=", "=="}, {"<", ">="}, {">=", "<"}, {">", "<="}, {"<=", ">"}};
    const auto opposite = kOpposite.find(condition->text);
    if (opposite == kOpposite.end()) continue;
    found.push_back({edge, condition->operands[0], condition->operands[1],
                     leaves_if ? opposite->second : condition->text});
  }
  return found;
}

// What the phi becomes: itself, or more by a step; a join of such values is either.
bool NaturalLoops::find_steps(ExprId value, Induction& induction) const {
  value = without_casts(function_, value);
  if (value == kNoExpr) return false;
  if (value == induction.phi) {
    induction.may_stay = true;
    return true;
  }
  const Expression& e = at_expr(value);
  if (const auto limited = lesser_of(value); limited && find_limited(*limited, induction))
    return true;
  if (is_operation(e, "+", 2)) {
    if (without_casts(function_, e.operands[0]) != induction.phi ||
        without_casts(function_, e.operands[1]) == induction.phi)
      return false;
    induction.steps.push_back(e.operands[1]);
    return true;
  }
  // (phi + size) & -size
  if (is_operation(e, "&", 2)) {
    const Expression& sum = at_expr(without_casts(function_, e.operands[0]));
    const Expression& mask = at_expr(e.operands[1]);
    if (!is_operation(sum, "+", 2) || mask.kind != Kind::constant ||
        without_casts(function_, sum.operands[0]) != induction.phi)
      return false;
    const Expression& size = at_expr(sum.operands[1]);
    if (size.kind != Kind::constant || size.value == 0 || mask.value != -size.value) return false;
    if (induction.boundary != 0 && induction.boundary != size.value) return false;
    induction.boundary = size.value;
    return true;
  }
  if (is_operation(e, "?:", 3))
    return find_steps(e.operands[1], induction) && find_steps(e.operands[2], induction);
  if (e.kind == Kind::phi && e.node && induction.loop->body.contains(*e.node) && !at(*e.node))
    return std::all_of(e.operands.begin(), e.operands.end(),
                       [&](ExprId operand) { return find_steps(operand, induction); });
  return false;
}

bool NaturalLoops::find_limit(Induction& induction) const {
  for (const Test& test : tests(*induction.loop)) {
    const ExprId left = without_casts(function_, test.left);
    const bool is_next = left != induction.phi && left == induction.next;
    const bool ends = test.stays == "!=" || test.stays == "<";
    if ((left != induction.phi && !is_next) || !ends || depends(test.right, *induction.loop))
      continue;
    if (induction.limit != kNoExpr &&
        (induction.limit != without_casts(function_, test.right) || !is_next))
      continue;
    induction.limit = test.right;
    induction.next_is_tested = is_next;
    induction.reaches = test.stays == "!=";
    induction.exits.push_back(test.edge);
    return true;
  }
  return false;
}

// for (i = 0; i < count; i++, address += step)
bool NaturalLoops::find_count(Induction& induction) const {
  if (induction.steps.size() != 1 || induction.boundary != 0 || induction.may_stay ||
      induction.limit != kNoExpr)
    return false;
  for (const Test& test : tests(*induction.loop)) {
    const Expression& counter = at_expr(without_casts(function_, test.left));
    const bool includes =  // i <= 15
        test.stays == "<=" && at_expr(test.right).kind == Kind::constant;
    if ((test.stays != "<" && test.stays != "!=" && !includes) || counter.kind != Kind::phi ||
        counter.node != induction.loop->header || depends(test.right, *induction.loop))
      continue;
    Induction other;
    other.loop = induction.loop;
    other.phi = without_casts(function_, test.left);
    bool from_zero = true, by_one = true;
    for (const std::size_t i : induction.loop->entering) {
      const ExprId from = counter.operands.at(i);
      from_zero = from_zero && from != kNoExpr && at_expr(from).kind == Kind::constant &&
                  at_expr(from).value == 0;
    }
    for (const std::size_t i : induction.loop->coming_round)
      by_one = by_one && find_steps(counter.operands.at(i), other);
    for (const ExprId step : other.steps)
      by_one = by_one && at_expr(step).kind == Kind::constant && at_expr(step).value == 1;
    if (!from_zero || !by_one || other.steps.empty() || other.may_stay || other.limit != kNoExpr)
      continue;
    induction.count = test.right;
    induction.count_more = includes ? 1 : 0;
    induction.exits.push_back(test.edge);
    return true;
  }
  return false;
}

// Whether the address is raised by as much as the number of units that are left goes down.
bool NaturalLoops::goes_with(ExprId address, ExprId number, Induction& induction,
                             ExprId units) const {
  address = without_casts(function_, address);
  number = without_casts(function_, number);
  if (address == kNoExpr || number == kNoExpr) return false;
  if (address == induction.phi && number == units) return true;
  const Expression &a = at_expr(address), &n = at_expr(number);
  if (a.kind == Kind::phi && n.kind == Kind::phi && a.node == n.node &&
      a.node != induction.loop->header && a.operands.size() == n.operands.size()) {
    for (std::size_t i = 0; i < a.operands.size(); ++i)
      if (!goes_with(a.operands[i], n.operands[i], induction, units)) return false;
    return true;
  }
  if (!is_operation(a, "+", 2) || !is_operation(n, "-", 2) ||
      without_casts(function_, a.operands[0]) != induction.phi ||
      without_casts(function_, n.operands[0]) != units)
    return false;
  const ExprId more = without_casts(function_, a.operands[1]);
  const ExprId less = without_casts(function_, n.operands[1]);
  const auto is_shift = [&](ExprId shifted, const char* op, ExprId of) {
    const Expression& e = at_expr(shifted);
    if (!is_operation(e, op, 2) || without_casts(function_, e.operands[0]) != of) return false;
    const Expression& by = at_expr(e.operands[1]);
    if (by.kind != Kind::constant || by.value == 0 || by.value >= 64) return false;
    if (induction.unit_shift != 0 && induction.unit_shift != by.value) return false;
    induction.unit_shift = by.value;
    return true;
  };
  if (is_shift(less, ">>", more)) {
    induction.steps.push_back(more);
    return true;
  }
  if (!is_shift(more, "<<", less)) return false;
  induction.steps.push_back(kNoExpr);
  return true;
}

// while (units > 0) { address += n << shift; units -= n; }
bool NaturalLoops::find_units(Induction& induction) const {
  for (const Test& test : tests(*induction.loop)) {
    const ExprId units = without_casts(function_, test.left);
    const Expression &number = at_expr(units), &end = at_expr(test.right);
    if (number.kind != Kind::phi || number.node != induction.loop->header ||
        end.kind != Kind::constant || end.value != 0 || (test.stays != "!=" && test.stays != ">"))
      continue;
    Induction tried = induction;
    tried.steps.clear();
    tried.boundary = 0;
    tried.limit = kNoExpr;
    const Expression& address = at_expr(induction.phi);
    const auto together = [&](std::size_t i) {
      return goes_with(address.operands.at(i), number.operands.at(i), tried, units);
    };
    const auto& round = induction.loop->coming_round;
    if (!std::all_of(round.begin(), round.end(), together) || tried.unit_shift == 0) continue;
    const ExprId first = number.operands.at(induction.loop->entering.front());
    const auto begins = [&](std::size_t i) { return number.operands.at(i) == first; };
    const auto& entering = induction.loop->entering;
    if (first == kNoExpr || !std::all_of(entering.begin(), entering.end(), begins)) continue;
    induction = std::move(tried);
    induction.units = first;
    induction.exits.push_back(test.edge);
    return true;
  }
  return false;
}

std::optional<Induction> NaturalLoops::induction(ExprId phi) const {
  const Expression& e = at_expr(phi);
  const NaturalLoop* loop = e.node ? at(*e.node) : nullptr;
  if (e.kind != Kind::phi || !loop || loop->entering.empty()) return std::nullopt;
  if (e.operands.size() != function_.nodes[loop->header].predecessors.size()) return std::nullopt;
  Induction induction;
  induction.loop = loop;
  induction.phi = phi;
  induction.init = e.operands.at(loop->entering.front());
  for (const std::size_t i : loop->entering)
    if (e.operands.at(i) != induction.init) return std::nullopt;
  if (induction.init == kNoExpr) return std::nullopt;
  if (loop->coming_round.size() == 1)
    induction.next = without_casts(function_, e.operands.at(loop->coming_round.front()));
  bool steps = true;
  for (const std::size_t i : loop->coming_round)
    steps = steps && find_steps(e.operands.at(i), induction);
  // A step that is another one each round is none.
  const auto is_fixed = [&](const Induction& one) {
    return std::all_of(one.steps.begin(), one.steps.end(),
                       [&](ExprId step) { return step == kNoExpr || !depends(step, *loop); });
  };
  steps = steps && is_fixed(induction) && induction.steps.empty() != (induction.boundary == 0);
  if (steps && (find_limit(induction) || find_count(induction))) return induction;
  Induction counted = induction;
  if (find_units(counted) && is_fixed(counted)) return counted;
  if (!steps) return std::nullopt;
  return induction;  // without an end
}

}  // namespace tlbmc::extract
