// Small event graphs, written by hand for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/extract/event_graph.h"

namespace tlbmc::extract::test {

// One function; nodes are added in a line, and joined by hand where they are not one.
class FunctionBuilder {
 public:
  explicit FunctionBuilder(std::string name, std::vector<std::string> parameters = {}) {
    function_.name = std::move(name);
    function_.file = function_.unit = "mm/test.c";
    function_.line = 1;
    for (std::string& parameter : parameters)
      function_.parameters.push_back({std::move(parameter), "int"});
    add(Node::Kind::entry);
  }

  ExprId expression(Expression::Kind kind, std::uint64_t value, std::string text, std::string type,
                    std::vector<ExprId> operands = {}) {
    Expression e;
    e.kind = kind;
    e.value = value;
    e.text = std::move(text);
    e.type = std::move(type);
    e.operands = std::move(operands);
    function_.expressions.push_back(std::move(e));
    return static_cast<ExprId>(function_.expressions.size() - 1);
  }
  ExprId unknown(std::string text) {
    return expression(Expression::Kind::unknown, 0, std::move(text), "");
  }
  ExprId constant(std::uint64_t value) {
    return expression(Expression::Kind::constant, value, "", "int");
  }
  ExprId parameter(std::uint64_t number) {
    return expression(Expression::Kind::parameter, number, function_.parameters.at(number).name,
                      "int");
  }
  ExprId not_zero(ExprId e) {
    const ExprId zero = constant(0);
    return expression(Expression::Kind::operation, 0, "!=", "_Bool", {e, zero});
  }

  NodeId event(const std::string& kind, std::map<std::string, std::string> words) {
    const NodeId id = add(Node::Kind::event);
    function_.nodes[id].event = Event{kind, std::move(words), {}, "test"};
    return id;
  }
  // A call; its result is an expression of the node.
  NodeId call(const std::string& callee, std::vector<ExprId> arguments = {}) {
    const NodeId id = add(Node::Kind::call);
    function_.nodes[id].call = Call{callee, kNoExpr, arguments};
    result_ = expression(Expression::Kind::call, 0, callee, "int", std::move(arguments));
    function_.expressions[result_].node = id;
    return id;
  }
  // An event that is a call with a result: a lock that may not be taken.
  NodeId event_call(const std::string& callee, const std::string& kind,
                    std::map<std::string, std::string> words) {
    const NodeId id = call(callee);
    function_.nodes[id].kind = Node::Kind::event;
    function_.nodes[id].event = Event{kind, std::move(words), {}, "test"};
    return id;
  }
  [[nodiscard]] ExprId result() const { return result_; }  // of the last call
  NodeId branch(ExprId condition) {
    const NodeId id = add(Node::Kind::branch);
    function_.nodes[id].branch = Branch{"if", condition};
    return id;
  }
  NodeId assign(ExprId place, ExprId value) {
    const NodeId id = add(Node::Kind::assign);
    function_.nodes[id].assign = Assign{place, value};
    return id;
  }
  // Member `name` of the struct that parameter `number` points to.
  ExprId member(std::uint64_t number, const std::string& of, const std::string& name) {
    const ExprId pointer = expression(Expression::Kind::parameter, number,
                                      function_.parameters.at(number).name, "struct " + of + " *");
    const ExprId whole =
        expression(Expression::Kind::dereference, 0, "", "struct " + of, {pointer});
    return expression(Expression::Kind::field, 0, name, "", {whole});
  }
  // A node that loads the place, as a value of that type.
  NodeId load(ExprId place, const std::string& type) {
    const NodeId id = add(Node::Kind::plain);
    result_ = expression(Expression::Kind::load, 0, "", type, {place});
    function_.expressions[result_].node = id;
    return id;
  }
  void give(NodeId node, const std::string& name, ExprId value) {
    function_.nodes[node].event->values[name] = value;
  }
  void operand(ExprId e, ExprId one_more) { function_.expressions[e].operands.push_back(one_more); }
  void at_node(ExprId e, NodeId node) { function_.expressions[e].node = node; }
  void type(ExprId e, const std::string& name) { function_.expressions[e].type = name; }
  NodeId returns(ExprId value = kNoExpr) {
    const NodeId id = add(Node::Kind::returns);
    function_.nodes[id].result = value;
    return id;
  }
  NodeId add(Node::Kind kind) {
    Node node;
    node.kind = kind;
    node.at = "mm/test.c:" + std::to_string(function_.nodes.size());
    function_.nodes.push_back(std::move(node));
    return static_cast<NodeId>(function_.nodes.size() - 1);
  }
  void edge(NodeId from, NodeId to, const std::string& label = "") {
    function_.nodes[from].successors.push_back({to, label});
    function_.nodes[to].predecessors.push_back(from);
  }
  void line(const std::vector<NodeId>& nodes) {
    for (std::size_t i = 1; i < nodes.size(); ++i) edge(nodes[i - 1], nodes[i]);
  }

  [[nodiscard]] Function build() const { return function_; }

 private:
  Function function_;
  ExprId result_ = kNoExpr;
};

}  // namespace tlbmc::extract::test
