#include "tools/extract/gimple_term.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

namespace tlbmc::extract::gimple {

namespace {

using Kind = Term::Kind;

Term make(Kind kind, std::string text, std::vector<Term> children = {}) {
  return {kind, std::move(text), 0, std::move(children)};
}

class TermParser {
 public:
  explicit TermParser(Cursor& cursor) : cursor_(cursor) {}

  Term right() {
    Term left = operand();
    cursor_.skip_blanks();
    if (cursor_.peek() == '(') return call(std::move(left));
    const std::string symbol = binary_operator();
    if (!symbol.empty()) {
      left = make(Kind::binary, symbol, two(std::move(left), operand()));
      cursor_.skip_blanks();
    }
    if (cursor_.accept("? ")) {
      std::vector<Term> parts;
      parts.push_back(std::move(left));
      parts.push_back(operand());
      cursor_.skip_blanks();
      cursor_.expect(":");
      parts.push_back(operand());
      left = make(Kind::conditional, "?:", std::move(parts));
    }
    return left;
  }

  Term operand() {
    const Nesting nesting(*this);
    cursor_.skip_blanks();
    cursor_.accept("{v} ");
    for (const std::string_view symbol : {"~", "!", "-"})
      if (cursor_.looking_at(symbol) && !is_digit(cursor_.peek(1))) {
        cursor_.skip(1);
        return make(Kind::unary, std::string(symbol), one(operand()));
      }
    if (cursor_.accept("&")) return make(Kind::address, "", one(operand()));
    if (cursor_.accept("*")) return dereference(operand());
    if (cursor_.peek() == '(' && cursor_.peek(1) != '*' && cursor_.peek(1) != '(') return cast();
    return postfix(primary());
  }

 private:
  // Hostile dumps nest without end.
  class Nesting {
   public:
    explicit Nesting(TermParser& parser) : parser_(parser) {
      if (++parser_.depth_ > kMaxNesting) parser_.cursor_.fail("nested too deeply");
    }
    ~Nesting() { --parser_.depth_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    TermParser& parser_;
  };

  static std::vector<Term> one(Term term) {
    std::vector<Term> terms;
    terms.push_back(std::move(term));
    return terms;
  }
  static std::vector<Term> two(Term first, Term second) {
    std::vector<Term> terms = one(std::move(first));
    terms.push_back(std::move(second));
    return terms;
  }
  static Term dereference(Term pointer, std::string type = {}) {
    return make(Kind::dereference, std::move(type), one(std::move(pointer)));
  }

  std::string binary_operator() {
    static constexpr std::array kSymbols{
        "<<", ">>", "r<<", "r>>", "==", "!=", "<=", ">=", "&&", "||", "/[ex]", "w*",
        "h*", "+",  "-",   "*",   "/",  "%",  "&",  "|",  "^",  "<",  ">"};
    for (const std::string_view symbol : kSymbols)
      if (cursor_.looking_at(symbol) && cursor_.peek(symbol.size()) == ' ') {
        cursor_.skip(symbol.size());
        return std::string(symbol);
      }
    return {};
  }

  Term cast() {
    cursor_.skip(1);
    std::string type = cursor_.up_to_closing('(', ')');
    return make(Kind::cast, std::move(type), one(operand()));
  }

  Term call(Term callee) {
    cursor_.expect("(");
    Term result = make(Kind::call, "", one(std::move(callee)));
    for (Term& argument : list(')')) result.children.push_back(std::move(argument));
    // "[return slot optimization]", "[tail call]", "[static-chain: ...]"
    for (cursor_.skip_blanks(); cursor_.accept("["); cursor_.skip_blanks())
      static_cast<void>(cursor_.up_to_closing('[', ']'));
    return result;
  }

  // Terms between commas, and the bracket that closes them.
  std::vector<Term> list(char close) {
    std::vector<Term> terms;
    cursor_.skip_blanks();
    while (cursor_.peek() != close) {
      if (!terms.empty()) {
        cursor_.expect(",");
        cursor_.skip_blanks();
      }
      terms.push_back(right());
      cursor_.skip_blanks();
      if (cursor_.peek() != close && cursor_.peek() != ',') {
        terms.back() = unknown_up_to(close, terms.back());
      }
    }
    cursor_.skip(1);
    return terms;
  }

  // The rest of an argument, up to the comma or bracket after it.
  Term unknown_up_to(char close, const Term& begun) {
    std::string text = begun.text;
    while (cursor_.peek() != close && cursor_.peek() != ',') {
      if (cursor_.at_end() || cursor_.peek() == ';' || cursor_.peek() == '\n')
        cursor_.fail(fmt::format("expected \"{}\"", close));
      text += cursor_.peek();
      cursor_.skip(1);
    }
    return make(Kind::unknown, std::move(text));
  }

  Term postfix(Term term) {
    for (int links = 0;; ++links) {
      if (links > kMaxNesting) cursor_.fail("nested too deeply");
      if (cursor_.accept("->")) {
        term = make(Kind::member, member_name(), one(dereference(std::move(term))));
      } else if (cursor_.peek() == '.' && is_name_start(cursor_.peek(1))) {
        cursor_.skip(1);
        term = make(Kind::member, member_name(), one(std::move(term)));
      } else if (cursor_.peek() == '[') {
        cursor_.skip(1);
        Term index = right();
        cursor_.skip_blanks();
        if (cursor_.accept("{")) static_cast<void>(cursor_.up_to_closing('{', '}'));  // {lb: ...}
        cursor_.expect("]");
        term = make(Kind::element, "", two(std::move(term), std::move(index)));
      } else {
        return term;
      }
    }
  }

  std::string member_name() {
    std::string name = cursor_.name();
    if (name.empty()) cursor_.fail("expected the name of a member");
    return name;
  }

  Term primary() {
    if (cursor_.peek() == '"') return make(Kind::string, cursor_.quoted());
    if (is_digit(cursor_.peek()) || cursor_.peek() == '-') return constant();
    if (cursor_.accept("{")) return make(Kind::constructor, cursor_.up_to_closing('{', '}'));
    if (cursor_.peek() == '(') {  // "(*x)[3]", "((a))"
      cursor_.skip(1);
      Term inner = right();
      cursor_.skip_blanks();
      cursor_.expect(")");
      return inner;
    }
    if (cursor_.peek() == '<') return angle_name();
    if (cursor_.peek() == '.' && is_name_start(cursor_.peek(1))) {  // ".ADD_OVERFLOW (a, b)"
      cursor_.skip(1);
      return make(Kind::name, "." + cursor_.name());
    }
    if (cursor_.looking_at("MEM") && !is_name_char(cursor_.peek(3))) return memory();
    std::string name = cursor_.name();
    if (name.empty()) cursor_.fail("expected an operand");
    if (cursor_.peek() == '<' || cursor_.looking_at(" <")) return built_in(std::move(name));
    return make(Kind::name, std::move(name));
  }

  Term angle_name() {  // <retval>, <L3>
    cursor_.skip(1);
    return make(Kind::name, "<" + cursor_.up_to_closing('<', '>') + ">");
  }

  // Decimal, hexadecimal, a pointer's "0B", with a sign; what is no integer is unknown.
  Term constant() {
    std::string text;
    if (cursor_.accept("-")) text = "-";
    while (is_name_char(cursor_.peek()) || cursor_.peek() == '.' ||
           ((cursor_.peek() == '+' || cursor_.peek() == '-') && text.ends_with("e"))) {
      text += cursor_.peek();
      cursor_.skip(1);
    }
    std::string_view digits = text;
    const bool negative = digits.starts_with("-");
    if (negative) digits.remove_prefix(1);
    const bool hexadecimal = digits.starts_with("0x");
    if (hexadecimal) digits.remove_prefix(2);
    if (!hexadecimal && digits.ends_with("B")) digits.remove_suffix(1);
    Term term = make(Kind::constant, text);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(),
                                              term.value, hexadecimal ? 16 : 10);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.empty())
      return make(Kind::unknown, text);
    if (negative) term.value = ~term.value + 1;
    return term;
  }

  // "MEM[(struct pte_t *)x_1 + 8B]", "MEM <type> [(type *)x_1]"
  Term memory() {
    cursor_.skip(3);
    std::string type;
    if (cursor_.accept(" <")) {
      type = cursor_.up_to_closing('<', '>');
      cursor_.accept(" ");
    }
    cursor_.expect("[");
    cursor_.skip_blanks();
    if (cursor_.peek() == '(') {
      cursor_.skip(1);
      std::string pointer = cursor_.up_to_closing('(', ')');
      if (type.empty() && pointer.ends_with("*")) pointer.pop_back();
      if (type.empty()) type = std::move(pointer);
    }
    while (type.ends_with(" ")) type.pop_back();
    Term base = operand();
    cursor_.skip_blanks();
    if (cursor_.accept("+")) base = make(Kind::binary, "+", two(std::move(base), operand()));
    cursor_.skip_blanks();
    cursor_.expect("]");
    return dereference(std::move(base), std::move(type));
  }

  // NAME<type>(x), NAME <a, b>
  Term built_in(std::string name) {
    if (cursor_.accept("<")) {
      std::string type = cursor_.up_to_closing('<', '>');
      cursor_.expect("(");
      Term inner = right();
      cursor_.skip_blanks();
      cursor_.expect(")");
      return make(Kind::cast, std::move(type), one(std::move(inner)));
    }
    if (!std::isupper(static_cast<unsigned char>(name[0])))
      return make(Kind::name, std::move(name));
    if (cursor_.rest().size() > 2 && cursor_.peek(2) == ' ')
      return make(Kind::name, std::move(name));
    if (cursor_.looking_at(" <= ") || cursor_.looking_at(" << ") || cursor_.looking_at(" < "))
      return make(Kind::name, std::move(name));
    cursor_.skip(2);
    std::vector<Term> arguments = list('>');
    if (name == "BIT_FIELD_REF" && !arguments.empty())
      return make(Kind::member,
                  fmt::format("<bits {}>", arguments.size() > 2 ? arguments[2].text : ""),
                  one(std::move(arguments[0])));
    return make(Kind::unary, std::move(name), std::move(arguments));
  }

  Cursor& cursor_;
  int depth_ = 0;
};

}  // namespace

Term parse_right(Cursor& cursor) { return TermParser(cursor).right(); }
Term parse_operand(Cursor& cursor) { return TermParser(cursor).operand(); }

Term parse_term(std::string_view text, int line) {
  Cursor cursor(text, line);
  Term term = parse_right(cursor);
  cursor.skip_blanks();
  if (!cursor.at_end()) cursor.fail("expected the end of the operand");
  return term;
}

}  // namespace tlbmc::extract::gimple
