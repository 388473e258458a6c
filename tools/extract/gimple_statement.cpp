#include "tools/extract/gimple_statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "tools/extract/gimple_term.h"

namespace tlbmc::extract::gimple {

namespace {

using Kind = Statement::Kind;

// 0 is the entry, 1 the exit.
int block_number(Cursor& cursor, int least) {
  std::string digits;
  for (; is_digit(cursor.peek()); cursor.skip(1)) digits += cursor.peek();
  int value = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc() ||
      value < least)
    cursor.fail("expected the number of a block");
  return value;
}

void to_line_end(Cursor& cursor) {
  while (!cursor.at_end() && cursor.peek() != '\n') cursor.skip(1);
  cursor.skip(1);
}

// What ends a statement: ";", and "[INV]" after it.
void end_statement(Cursor& cursor) {
  cursor.skip_blanks();
  cursor.expect(";");
  to_line_end(cursor);
}

int jump_target(Cursor& cursor) {
  cursor.skip_blanks();
  cursor.expect("goto <bb ");
  const int target = block_number(cursor, 2);
  cursor.expect(">");
  end_statement(cursor);
  return target;
}

void parse_condition(Cursor& cursor, Statement& statement, Block& block) {
  statement.kind = Kind::condition;
  cursor.expect("(");
  statement.right = parse_right(cursor);
  statement.has_right = true;
  cursor.expect(")");
  block.goto_true = jump_target(cursor);
  cursor.skip_blanks();
  cursor.expect("else");
  block.goto_false = jump_target(cursor);
}

void parse_selection(Cursor& cursor, Statement& statement) {
  statement.kind = Kind::selection;
  cursor.expect("(");
  statement.right = parse_right(cursor);
  statement.has_right = true;
  cursor.expect(") <");
  for (;;) {
    cursor.skip_blanks();
    Statement::Case one;
    if (cursor.accept("default:")) {
      one.constants = "default";
    } else {
      cursor.expect("case ");
      for (; cursor.peek() != ':'; cursor.skip(1)) {
        if (cursor.at_end() || cursor.peek() == '\n') cursor.fail("expected \":\" after a case");
        one.constants += cursor.peek();
      }
      cursor.skip(1);
    }
    cursor.skip_blanks();
    Term label = parse_operand(cursor);
    if (label.kind != Term::Kind::name) cursor.fail("expected a label");
    one.label = std::move(label.text);
    statement.cases.push_back(std::move(one));
    cursor.skip_blanks();
    if (!cursor.accept(",")) break;
  }
  cursor.expect(">");
  to_line_end(cursor);
}

// The template of an asm is printed as the assembler gets it, quotes and line ends included. It
// ends at the first quote that the operands, or the end, can follow.
std::string asm_template(Cursor& cursor) {
  cursor.expect("\"");
  const std::string_view rest = cursor.rest();
  std::size_t end = rest.find('"');
  while (end != std::string_view::npos && !rest.substr(end).starts_with("\" : ") &&
         !rest.substr(end).starts_with("\");\n"))
    end = rest.find('"', end + 1);
  if (end == std::string_view::npos) cursor.fail("the text of this asm is not closed");
  std::string text(rest.substr(0, end));
  cursor.skip(end + 1);
  return text;
}

// ["name"] "constraint" operand, ... up to ":" or ")".
std::vector<Term> asm_operands(Cursor& cursor) {
  std::vector<Term> operands;
  for (cursor.skip_blanks(); cursor.peek() != ':' && cursor.peek() != ')'; cursor.skip_blanks()) {
    if (!operands.empty()) {
      cursor.expect(",");
      cursor.skip_blanks();
    }
    static_cast<void>(cursor.quoted());
    cursor.skip_blanks();
    const Cursor before_string = cursor;
    if (cursor.peek() == '"') static_cast<void>(cursor.quoted());
    cursor.skip_blanks();
    if (cursor.peek() == ',' || cursor.peek() == ')' || cursor.peek() == ':')
      cursor = before_string;  // the string is the operand
    operands.push_back(parse_operand(cursor));
  }
  return operands;
}

void parse_asm(Cursor& cursor, Statement& statement) {
  statement.kind = Kind::assembly;
  Statement::Assembly& assembly = statement.assembly;
  for (cursor.skip_blanks(); cursor.peek() != '('; cursor.skip_blanks()) {
    const std::string word = cursor.name();
    if (word.empty()) cursor.fail("expected \"(\" after asm");
    assembly.jumps |= word == "goto";
  }
  cursor.expect("(");
  assembly.text = asm_template(cursor);
  cursor.skip_blanks();
  if (cursor.accept(":")) assembly.outputs = asm_operands(cursor);
  if (cursor.accept(":")) assembly.inputs = asm_operands(cursor);
  if (cursor.accept(":")) {
    for (cursor.skip_blanks(); cursor.peek() == '"'; cursor.skip_blanks()) {
      assembly.clobbers_memory |= cursor.quoted() == "memory";
      cursor.accept(",");
    }
  }
  if (cursor.accept(":")) {
    for (cursor.skip_blanks(); cursor.peek() != ')'; cursor.skip_blanks()) {
      if (cursor.peek() == '"') static_cast<void>(cursor.quoted());
      cursor.skip_blanks();
      Term label = parse_operand(cursor);
      if (label.kind != Term::Kind::name) cursor.fail("expected a label");
      assembly.labels.push_back(std::move(label.text));
      cursor.skip_blanks();
      if (!cursor.accept(",")) break;
    }
  }
  cursor.skip_blanks();
  cursor.expect(")");
  end_statement(cursor);
}

// x_1 = PHI <a_2(3), b_4(5)>
Statement parse_phi(Cursor& cursor, Statement statement) {
  statement.kind = Kind::phi;
  cursor.skip_blanks();
  statement.left = parse_operand(cursor);
  statement.has_left = true;
  cursor.skip_blanks();
  cursor.expect("= PHI <");
  for (;;) {
    cursor.skip_blanks();
    Term value = parse_operand(cursor);
    cursor.expect("(");
    const int block = block_number(cursor, 0);
    cursor.expect(")");
    statement.phi.emplace_back(std::move(value), block);
    cursor.skip_blanks();
    if (!cursor.accept(",")) break;
  }
  cursor.expect(">");
  to_line_end(cursor);
  return statement;
}

// An assignment or a call, to the end of its line; what follows an operand that was read as far as
// it was understood makes the right-hand side unknown.
void parse_assignment(Cursor& cursor, Statement& statement) {
  Term first = parse_right(cursor);
  cursor.skip_blanks();
  if (cursor.accept("=")) {
    statement.kind = Kind::assign;
    statement.left = std::move(first);
    statement.has_left = true;
    cursor.accept("{v}");
    cursor.skip_blanks();
    statement.right = parse_right(cursor);
    cursor.skip_blanks();
    if (cursor.peek() != ';') {
      const std::string_view rest = cursor.rest();
      const std::size_t end = rest.substr(0, rest.find('\n')).rfind(';');
      if (end == std::string_view::npos) cursor.fail("expected \";\"");
      statement.right = Term{Term::Kind::unknown, std::string(rest.substr(0, end)), 0, {}};
      cursor.skip(end);
    }
    if (statement.right.kind == Term::Kind::constructor &&
        statement.right.text.starts_with("CLOBBER"))
      statement.kind = Kind::clobber;
  } else {
    statement.kind = Kind::call;
    statement.right = std::move(first);
    if (statement.right.kind != Term::Kind::call) cursor.fail("expected a statement");
  }
  statement.has_right = true;
  end_statement(cursor);
}

bool label_follows(const Cursor& cursor) {
  const std::string_view line = cursor.rest().substr(0, cursor.rest().find('\n'));
  if (line.size() < 2 || line.back() != ':') return false;
  return std::all_of(line.begin(), line.end() - 1,
                     [](char c) { return is_name_char(c) || c == '<' || c == '>' || c == '.'; });
}

}  // namespace

std::optional<Statement> parse_statement(Cursor& cursor, Block& block) {
  Statement statement;
  cursor.skip_blanks(&statement.at);
  statement.dump_line = cursor.line();
  const std::string_view begin = cursor.rest();
  statement.text = std::string(begin.substr(0, begin.find('\n')));
  if (cursor.looking_at("//") || cursor.looking_at("# DEBUG") || cursor.looking_at("GIMPLE_NOP")) {
    to_line_end(cursor);
    return std::nullopt;
  }
  if (cursor.accept("# ")) return parse_phi(cursor, std::move(statement));
  if (cursor.looking_at("goto <bb ")) {
    block.goto_plain = jump_target(cursor);
    return std::nullopt;
  }
  if (label_follows(cursor)) {
    statement.kind = Kind::label;
    statement.text.pop_back();
    to_line_end(cursor);
  } else if (cursor.accept("if ")) {
    parse_condition(cursor, statement, block);
  } else if (cursor.accept("switch ")) {
    parse_selection(cursor, statement);
  } else if (cursor.accept("goto ")) {
    statement.kind = Kind::jump;
    statement.right = parse_operand(cursor);
    statement.has_right = true;
    end_statement(cursor);
  } else if (cursor.looking_at("return;") || cursor.looking_at("return ")) {
    cursor.skip(6);
    statement.kind = Kind::returns;
    cursor.skip_blanks();
    if (cursor.peek() != ';') {
      statement.right = parse_right(cursor);
      statement.has_right = true;
    }
    end_statement(cursor);
  } else if (cursor.accept("__asm__")) {
    parse_asm(cursor, statement);
  } else {
    parse_assignment(cursor, statement);
  }
  return statement;
}

}  // namespace tlbmc::extract::gimple
