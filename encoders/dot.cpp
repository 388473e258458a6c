#include "encoders/dot.h"

#include <fmt/format.h>

namespace tlbmc {

namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n')
      result += "\\n";
    else
      result += c;
  }
  return result + "\"";
}

std::string label_of(const Program& program, const Edge& edge) {
  std::string text = std::holds_alternative<BeginAction>(edge.action)
                         ? program.operations[static_cast<std::size_t>(edge.operation)].name
                         : describe(edge);
  if (!edge.label.empty()) text = fmt::format("{}: {}", edge.label, text);
  if (!edge.chain.empty()) text += fmt::format("\n{}", edge.chain.back());
  return text;
}

}  // namespace

std::string to_dot(const Program& program, const std::string& title) {
  std::string text =
      fmt::format("digraph tlbmc {{\n  label={};\n  node [shape=circle];\n  0 [label=\"idle\"];\n",
                  quoted(title));
  for (const Edge& edge : program.edges)
    text += fmt::format("  {} -> {} [label={}];\n", edge.from, edge.to,
                        quoted(label_of(program, edge)));
  return text + "}\n";
}

}  // namespace tlbmc
