#include "tools/extract/gimple_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "tools/extract/gimple_cursor.h"
#include "tools/extract/gimple_statement.h"

namespace tlbmc::extract::gimple {

namespace {

constexpr std::string_view kFunction = ";; Function ";
constexpr std::string_view kBlock = ";;   basic block ";
constexpr std::string_view kPredecessors = ";;    pred:";
constexpr std::string_view kSuccessors = ";;    succ:";
constexpr std::string_view kListGoesOn = ";;            ";
constexpr int kMaxBlocks = 1 << 20;

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// "unsigned long x" -> type and name; "int (*<T1>) (int) cb" has the name last too.
Parameter declared(std::string_view text) {
  text = trimmed(text);
  std::size_t begin = text.size();
  while (begin > 0 && (is_name_char(text[begin - 1]) || text[begin - 1] == '.')) --begin;
  return {std::string(text.substr(begin)), std::string(trimmed(text.substr(0, begin)))};
}

// Splits at commas outside of brackets.
std::vector<std::string_view> at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' || text[i] == '<') ++depth;
    if (text[i] == ')' || text[i] == '>') --depth;
    if (text[i] == ',' && depth == 0) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (!trimmed(text.substr(begin)).empty()) parts.push_back(text.substr(begin));
  return parts;
}

class DumpParser {
 public:
  explicit DumpParser(std::string_view text) : text_(text) {}

  std::vector<Function> run() {
    std::vector<Function> functions;
    while (next_line()) {
      if (line_.starts_with(kFunction))
        functions.push_back(function());
      else if (!trimmed(line_).empty())
        fail("expected \";; Function\"");
    }
    if (functions.empty()) fail("this is not a dump of functions in SSA form");
    return functions;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const { fail_at(number_, message); }

  bool next_line() {
    if (at_ >= text_.size()) return false;
    const std::size_t end = text_.find('\n', at_);
    if (end == std::string_view::npos) {
      ++number_;
      fail("the dump ends within a line: it is truncated");
    }
    begin_ = at_;
    line_ = text_.substr(at_, end - at_);
    at_ = end + 1;
    ++number_;
    return true;
  }
  void require_line(const std::string& name) {
    if (!next_line()) fail(fmt::format("the dump ends within function {}", name));
    if (line_.starts_with(kFunction)) fail(fmt::format("function {} is not closed", name));
  }

  Function function() {
    Function function;
    function.dump_line = number_;
    const std::string_view rest = line_.substr(kFunction.size());
    function.name = std::string(rest.substr(0, rest.find(' ')));
    if (function.name.empty()) fail("expected the name of a function");
    read_header(function);
    read_locals(function);
    while (line_ != "}") {
      if (line_.starts_with(kBlock)) {
        function.blocks.push_back(block(function.name));
      } else if (!trimmed(line_).empty()) {
        fail("expected a block, made with -fdump-tree-ssa-lineno-blocks");
      }
      require_line(function.name);
    }
    check(function);
    return function;
  }

  // Attributes, then "TYPE NAME (PARAMETERS)", then "{".
  void read_header(Function& function) {
    std::string_view header;
    int header_line = number_;
    for (require_line(function.name); line_ != "{"; require_line(function.name)) {
      if (trimmed(line_).empty()) continue;
      header = line_;
      header_line = number_;
    }
    const std::string before = function.name + " (";
    const std::size_t at = header.find(before);
    if (at == std::string_view::npos || !header.ends_with(")"))
      fail_at(header_line, fmt::format("expected the declaration of {}", function.name));
    const std::size_t begin = at + before.size();
    for (const std::string_view part : at_commas(header.substr(begin, header.size() - begin - 1))) {
      if (trimmed(part) == "void" || trimmed(part) == "...") continue;
      Parameter parameter = declared(part);
      if (parameter.name.empty()) fail_at(header_line, "expected a parameter with its name");
      function.locals.emplace(parameter.name, parameter.type);
      function.parameters.push_back(std::move(parameter));
    }
  }

  void read_locals(Function& function) {
    int depth = 0;
    for (require_line(function.name); line_ != "}" && !line_.starts_with(";;");
         require_line(function.name)) {
      std::string_view text = trimmed(line_);
      if (text == "{") ++depth;  // the members of a struct without a name
      const bool closed = text.starts_with("}") && --depth == 0;
      if (closed) function.locals.emplace(declared(text.substr(0, text.size() - 1)).name, "struct");
      if (closed || depth > 0) continue;
      if (!text.ends_with(";") || text.find('"') != std::string_view::npos) continue;
      text = text.substr(0, std::min(text.find(" = "), text.size() - 1));
      std::string_view array;  // "int x[4]"
      if (const std::size_t bracket = text.find('['); bracket != std::string_view::npos) {
        array = text.substr(bracket);
        text = text.substr(0, bracket);
      }
      Parameter local = declared(text);
      if (!local.name.empty() && !local.type.empty())
        function.locals.emplace(local.name, local.type + std::string(array));
    }
  }

  int block_number(std::string_view digits) const {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end == digits.data() || value < 0 || value > kMaxBlocks)
      fail("expected the number of a block");
    return value;
  }

  // One line of a list of blocks: "3", "3 (FALLTHRU)", "ENTRY", "EXIT" or nothing.
  void add_neighbour(std::string_view text, std::vector<int>& list, bool& special) const {
    text = trimmed(text);
    if (text.empty()) return;
    if (text.starts_with("ENTRY") || text.starts_with("EXIT"))
      special = true;
    else
      list.push_back(block_number(text));
  }

  Block block(const std::string& name) {
    Block block;
    block.dump_line = number_;
    block.number = block_number(line_.substr(kBlock.size()));
    require_line(name);
    if (!line_.starts_with(kPredecessors)) fail("expected the predecessors of this block");
    add_neighbour(line_.substr(kPredecessors.size()), block.predecessors, block.from_entry);
    for (require_line(name); line_.starts_with(kListGoesOn); require_line(name))
      add_neighbour(line_.substr(kListGoesOn.size()), block.predecessors, block.from_entry);
    for (; !line_.starts_with(kSuccessors); require_line(name)) {
      if (line_ == "}" || line_.starts_with(kBlock)) fail("expected the successors of this block");
      if (line_.starts_with(";;") || trimmed(line_).empty()) continue;
      statement(block);
    }
    add_neighbour(line_.substr(kSuccessors.size()), block.successors, block.to_exit);
    while (text_.substr(at_).starts_with(kListGoesOn)) {
      require_line(name);
      add_neighbour(line_.substr(kListGoesOn.size()), block.successors, block.to_exit);
    }
    return block;
  }

  void statement(Block& block) {
    Cursor cursor(text_.substr(begin_), number_);
    if (auto read = parse_statement(cursor, block)) block.statements.push_back(std::move(*read));
    at_ = text_.size() - cursor.rest().size();
    number_ = cursor.line() - 1;
  }

  // The lists of predecessors and successors must say the same, and the statements must agree.
  static void check(const Function& function) {
    if (function.blocks.empty()) fail_at(function.dump_line, "this function has no blocks");
    std::map<int, const Block*> by_number;
    std::multiset<std::pair<int, int>> forward, backward;
    for (const Block& block : function.blocks) {
      if (!by_number.emplace(block.number, &block).second)
        fail_at(block.dump_line, fmt::format("block {} is there twice", block.number));
      for (const int successor : block.successors) forward.emplace(block.number, successor);
      for (const int predecessor : block.predecessors) backward.emplace(predecessor, block.number);
    }
    if (!function.blocks.front().from_entry)
      fail_at(function.blocks.front().dump_line,
              "the first block is not where the function begins");
    for (const auto& edge : forward)
      if (!by_number.contains(edge.second) || backward.count(edge) != forward.count(edge))
        fail_at(by_number.at(edge.first)->dump_line,
                fmt::format("block {} leads to {}, which does not have it as a predecessor",
                            edge.first, edge.second));
    if (forward.size() != backward.size())
      fail_at(function.dump_line, "blocks have predecessors that do not lead to them");
    for (const Block& block : function.blocks) check(block);
  }

  static void check(const Block& block) {
    const auto leads_to = [&](int target) {
      return std::find(block.successors.begin(), block.successors.end(), target) !=
             block.successors.end();
    };
    for (const int target : {block.goto_true, block.goto_false, block.goto_plain})
      if (target != 0 && !leads_to(target))
        fail_at(block.dump_line,
                fmt::format("block {} jumps to {}, which is not among its successors", block.number,
                            target));
    for (std::size_t i = 0; i < block.statements.size(); ++i) {
      const Statement& statement = block.statements[i];
      if (statement.kind == Statement::Kind::phi) check_phi(block, statement);
      const bool ends_block = statement.kind == Statement::Kind::condition ||
                              statement.kind == Statement::Kind::selection ||
                              statement.kind == Statement::Kind::jump ||
                              statement.kind == Statement::Kind::returns;
      if (ends_block && i + 1 != block.statements.size())
        fail_at(statement.dump_line, "expected the end of the block after this statement");
      if (statement.kind == Statement::Kind::returns && !block.to_exit)
        fail_at(statement.dump_line, "this block returns, and does not lead to the exit");
    }
  }

  static void check_phi(const Block& block, const Statement& phi) {
    std::multiset<int> from(block.predecessors.begin(), block.predecessors.end());
    if (block.from_entry) from.insert(0);
    std::multiset<int> given;
    for (const auto& [value, predecessor] : phi.phi) given.insert(predecessor);
    if (from != given)
      fail_at(phi.dump_line,
              fmt::format("this PHI does not have the predecessors of block {}", block.number));
  }

  std::string_view text_;
  std::string_view line_;
  std::size_t begin_ = 0, at_ = 0;
  int number_ = 0;
};

}  // namespace

std::vector<Function> parse_dump(std::string_view text) { return DumpParser(text).run(); }

}  // namespace tlbmc::extract::gimple
