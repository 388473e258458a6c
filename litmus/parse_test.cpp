// The parts of a litmus file, in order: header, initial state, programs, final condition.
#include <fmt/format.h>

#include <fstream>

#include "litmus/check_names.h"
#include "litmus/parse_header.h"
#include "litmus/parse_instruction.h"
#include "litmus/parse_value.h"
#include "litmus/scanner.h"
#include "litmus/test.h"

namespace tlbmc::litmus {

namespace {

constexpr std::size_t kMaxThreads = 16;
constexpr std::size_t kMaxRows = 200;

// 0:X1=x
void parse_register(Scanner& scanner, Test& test) {
  const std::uint64_t thread = scanner.number();
  if (thread >= kMaxThreads) scanner.fail(fmt::format("there is no thread {}", thread));
  scanner.expect(":");
  const std::string name = scanner.name();
  const auto number = register_number(name);
  if (!number || *number == kZeroRegister)
    scanner.fail(fmt::format("\"{}\" is not a register that can be set", name));
  if (upper_case(name).front() == 'W') test.unsupported.emplace_back("an initial value of 32 bits");
  if (test.threads.size() <= thread) test.threads.resize(thread + 1);
  Value value = litmus::number(0);
  if (scanner.accept("=")) value = parse_value(scanner, test, std::nullopt);
  if (!test.threads[thread].registers.emplace(*number, value).second)
    scanner.fail(fmt::format("{}:X{} is given twice", thread, *number));
}

// x=1, [PTE(x)]=(oa:PA(y))
void parse_memory(Scanner& scanner, Test& test) {
  const Value location = parse_location(scanner, test);
  if (scanner.peek() == '[') scanner.fail("arrays are not expected here");
  Value value = test.initial(location);
  if (scanner.accept("=")) {
    value = parse_value(scanner, test, location);
    if (location.kind != Value::Kind::address && value.kind != Value::Kind::descriptor)
      scanner.fail("expected a descriptor, such as (oa:PA(x),valid:0)");
  }
  if (!test.memory.emplace(location, value).second)
    scanner.fail(fmt::format("{} is given twice", test.text(location)));
}

// After "{": items separated by ";".
void parse_initial(Scanner& scanner, Test& test) {
  static const std::vector<std::string> types{"int",      "int64_t", "uint64_t", "pteval_t",
                                              "uint32_t", "int32_t", "intptr_t"};
  while (!scanner.accept("}")) {
    if (scanner.at_end()) scanner.fail("the initial state is not closed, expected }");
    if (scanner.accept(";")) continue;
    for (const std::string& type : types)
      if (scanner.accept_word(type)) {
        if (scanner.accept("*")) test.unsupported.emplace_back("pointer types");
        break;
      }
    const std::string_view rest = scanner.rest();
    if (rest.size() > 1 && rest[0] == 'P' && rest[1] >= '0' && rest[1] <= '9') scanner.skip(1);
    if (scanner.number_follows())
      parse_register(scanner, test);
    else
      parse_memory(scanner, test);
    if (!scanner.accept(";") && scanner.peek() != '}') scanner.expect(";");
  }
}

bool starts_final(std::string_view text) {
  for (const std::string_view word : {"exists", "forall", "locations", "filter"}) {
    const std::string_view here =
        text.starts_with('~') && word == "exists" ? trimmed(text.substr(1)) : text;
    if (here.starts_with(word) && (here.size() == word.size() || !is_name_char(here[word.size()])))
      return true;
  }
  return false;
}

struct Column {
  std::size_t thread;
  bool handler;
};

std::vector<Column> parse_columns(const std::vector<std::string>& cells, int line) {
  std::vector<Column> columns;
  for (const std::string& cell : cells) {
    Scanner scanner(cell, line);
    scanner.expect("P");
    std::uint64_t thread = 0;
    std::size_t digits = 0;
    for (const char c : scanner.rest()) {
      if (c < '0' || c > '9') break;
      thread = thread * 10 + static_cast<std::uint64_t>(c - '0');
      if (++digits > 2) break;
    }
    if (digits == 0 || thread >= kMaxThreads)
      scanner.fail(fmt::format("expected P0 to P{}", kMaxThreads - 1));
    scanner.skip(digits);
    const bool handler = scanner.accept(".F");
    if (!scanner.at_end()) scanner.fail("expected P0, P1, ... or P0.F");
    for (const Column& other : columns)
      if (other.thread == thread && other.handler == handler)
        scanner.fail(fmt::format("thread {} has two columns", thread));
    columns.push_back({static_cast<std::size_t>(thread), handler});
  }
  return columns;
}

std::vector<std::string> cells_of(std::string_view row) {
  std::vector<std::string> cells(1);
  for (const char c : row) {
    if (c == '|')
      cells.emplace_back();
    else
      cells.back() += c;
  }
  return cells;
}

// Rows of cells up to the final condition.
void parse_programs(Scanner& scanner, Test& test) {
  std::vector<Column> columns;
  for (std::size_t rows = 0;; ++rows) {
    scanner.skip_space();
    const int line = scanner.line();
    if (starts_final(scanner.rest())) break;
    const auto end = scanner.rest().find(';');
    if (end == std::string_view::npos)
      fail_at(line, "expected a row of instructions that ends in \";\", or the condition");
    if (rows > kMaxRows) fail_at(line, fmt::format("more than {} rows of instructions", kMaxRows));
    const auto cells = cells_of(scanner.rest().substr(0, end));
    scanner.skip(end + 1);
    if (columns.empty()) {
      columns = parse_columns(cells, line);
      for (const Column& column : columns) {
        if (test.threads.size() <= column.thread) test.threads.resize(column.thread + 1);
        Thread& thread = test.threads[column.thread];
        (column.handler ? thread.has_handler : thread.has_column) = true;
      }
      continue;
    }
    if (cells.size() > columns.size())
      fail_at(line,
              fmt::format("expected {} cells in this row, found {}", columns.size(), cells.size()));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      Instruction instruction = parse_instruction(cells[i], line, test);
      if (instruction.text.empty() && instruction.labels.empty()) continue;
      Thread& thread = test.threads[columns[i].thread];
      auto& code = columns[i].handler ? thread.handler : thread.code;
      if (code.empty() || !code.back().text.empty()) {
        code.push_back(std::move(instruction));
        continue;
      }
      // Labels in a row of their own belong to the next instruction.
      instruction.labels.insert(instruction.labels.begin(), code.back().labels.begin(),
                                code.back().labels.end());
      code.back() = std::move(instruction);
    }
  }
  if (columns.empty()) scanner.fail("expected the threads' programs, starting with a row of P0 |");
}

Test parse(const std::string& text, const std::string& file) {
  if (text.size() > kMaxLitmusBytes)
    throw InputError("", fmt::format("larger than {} bytes", kMaxLitmusBytes));
  Test test;
  test.file = file;
  const std::string content = without_comments(text);
  const auto brace = content.find('{');
  if (brace == std::string::npos) fail_at(1, "expected an initial state in braces { }");
  parse_header(std::string_view(content).substr(0, brace), test);
  Scanner scanner(content, 1);
  scanner.skip(brace + 1);
  parse_initial(scanner, test);
  const std::size_t pages = test.symbols.size();
  parse_programs(scanner, test);
  parse_final(scanner, test);
  check_names(test, pages);
  apply_header(test);
  return test;
}

}  // namespace

Result<Test> parse_test(const std::string& text, const std::string& file) {
  return capture(file, [&] { return parse(text, file); });
}

Result<Test> load_test(const std::string& file) {
  return capture(file, [&] {
    std::ifstream in = open_regular(file);
    std::string text;
    text.resize(kMaxLitmusBytes + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return parse(text, file);
  });
}

}  // namespace tlbmc::litmus
