#include "tools/extract/event_text.h"

#include <fmt/format.h>

namespace tlbmc::extract {

namespace {

std::string event_of(const Function& function, const Event& event) {
  std::string text = event.kind;
  for (const auto& [key, word] : event.words) text += fmt::format(" {}={}", key, word);
  for (const auto& [key, value] : event.values)
    text += fmt::format(" {}=({})", key, to_text(function, value));
  return fmt::format("{}  [{}]", text, event.rule);
}

std::string call_of(const Function& function, const Call& call) {
  std::string text = call.callee.empty() ? "(" + to_text(function, call.target) + ")" : call.callee;
  text += "(";
  for (std::size_t i = 0; i < call.arguments.size(); ++i)
    text += (i > 0 ? ", " : "") + to_text(function, call.arguments[i]);
  return text + ")";
}

std::string what(const Function& function, const Node& node) {
  if (node.kind == Node::Kind::branch) {
    std::string text =
        "if " + (node.branch->condition == kNoExpr ? node.branch->text
                                                   : to_text(function, node.branch->condition));
    return node.event ? text + "  # " + event_of(function, *node.event) : text;
  }
  if (node.event) return event_of(function, *node.event);
  if (node.call) return call_of(function, *node.call);
  if (node.assign)
    return to_text(function, node.assign->place) + " = " + to_text(function, node.assign->value);
  switch (node.kind) {
    case Node::Kind::entry: return "entry";
    case Node::Kind::returns:
      return "return" + (node.result == kNoExpr ? "" : " " + to_text(function, node.result));
    case Node::Kind::stop: return "stop";
    default: return "";
  }
}

}  // namespace

std::string event_text(const Function& function) {
  std::string text = fmt::format("{} {}:{}, {} nodes\n", function.name, function.file,
                                 function.line, function.nodes.size());
  for (std::size_t i = 0; i < function.nodes.size(); ++i) {
    const Node& node = function.nodes[i];
    text += fmt::format("{:5}  {:28}  {} ->", i, node.at, what(function, node));
    for (const Edge& edge : node.successors)
      text += edge.label.empty() ? fmt::format(" {}", edge.target)
                                 : fmt::format(" {}:{}", edge.label, edge.target);
    text += "\n";
  }
  return text;
}

}  // namespace tlbmc::extract
