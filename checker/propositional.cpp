#include "checker/propositional.h"

#include <fmt/format.h>

#include <cadical.hpp>
#include <stdexcept>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tlbmc {

namespace {

struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// "(", ")" and words; comments go to the end of the line.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) { advance(); }

  [[nodiscard]] bool at_end() const { return token_.empty(); }
  [[nodiscard]] std::string_view peek() const { return token_; }
  std::string_view take() {
    if (at_end()) throw Malformed("ends too early");
    const auto token = token_;
    advance();
    return token;
  }
  void expect(std::string_view token) {
    if (const auto found = take(); found != token)
      throw Malformed(fmt::format("expected {}, found {}", token, found));
  }

 private:
  void advance() {
    for (;;) {
      at_ = std::min(text_.find_first_not_of(" \n", at_), text_.size());
      if (at_ == text_.size() || text_[at_] != ';') break;
      at_ = std::min(text_.find('\n', at_), text_.size());
    }
    std::size_t end = at_;
    if (end < text_.size() && (text_[end] == '(' || text_[end] == ')'))
      ++end;
    else
      end = std::min(text_.find_first_of(" \n()", at_), text_.size());
    token_ = text_.substr(at_, end - at_);
    at_ = end;
  }

  std::string_view text_, token_;
  std::size_t at_ = 0;
};

class Reader {
 public:
  explicit Reader(const std::string& text) : tokens_(text) {
    solver_.configure("plain");  // small files: no time for preprocessing
    solver_.set("quiet", 1);
    true_ = fresh();
    clause({true_});
  }

  SolverAnswers run() {
    while (!tokens_.at_end()) command();
    return std::move(result_);
  }

 private:
  using Literal = int;  // as in DIMACS

  Literal fresh() { return ++variables_; }
  void clause(const std::vector<Literal>& literals) {
    for (const Literal l : literals) solver_.add(l);
    solver_.add(0);
  }

  void command() {
    tokens_.expect("(");
    const auto what = tokens_.take();
    if (what == "set-logic") {
      tokens_.expect("QF_UF");
    } else if (what == "declare-const") {
      define(tokens_.take(), fresh());
      tokens_.expect("Bool");
    } else if (what == "define-fun") {
      const auto name = tokens_.take();
      for (const char* token : {"(", ")", "Bool"}) tokens_.expect(token);
      define(name, term());
    } else if (what == "assert") {
      if (asked_) throw Malformed("an assertion after a question");
      assert_term();
    } else if (what == "check-sat-assuming") {
      tokens_.expect("(");
      solver_.assume(named(tokens_.take()));
      tokens_.expect(")");
      asked_ = true;
      const int answer = solver_.solve();
      result_.answers.emplace_back(answer == 20 ? "unsat" : answer == 10 ? "sat" : "unknown");
    } else {
      throw Malformed(fmt::format("no command {}", what));
    }
    tokens_.expect(")");
  }

  void define(std::string_view name, Literal literal) {
    if (!names_.emplace(name, literal).second)
      throw Malformed(fmt::format("{} is defined twice", name));
  }

  [[nodiscard]] Literal named(std::string_view name) const {
    const auto found = names_.find(name);
    if (found == names_.end()) throw Malformed(fmt::format("{} is not defined", name));
    return found->second;
  }

  // Most assertions are clauses already.
  void assert_term() {
    if (tokens_.peek() != "(") return clause({term()});
    tokens_.take();
    const auto op = tokens_.take();
    std::vector<Literal> args = arguments();
    if (op == "or" && !args.empty()) return clause(args);
    if (op == "=>" && args.size() == 2) return clause({-args[0], args[1]});
    clause({applied(op, std::move(args))});
  }

  // A literal that is equal to the term.
  Literal term() {
    const auto token = tokens_.take();
    if (token == "true") return true_;
    if (token == "false") return -true_;
    if (token != "(") return named(token);
    if (++depth_ > kMaxDepth) throw Malformed("nested too deep");
    const auto op = tokens_.take();
    std::vector<Literal> args = arguments();
    --depth_;
    return applied(op, std::move(args));
  }

  // Up to the closing bracket, and with it.
  std::vector<Literal> arguments() {
    std::vector<Literal> args;
    while (tokens_.peek() != ")") args.push_back(term());
    tokens_.expect(")");
    return args;
  }

  Literal applied(std::string_view op, std::vector<Literal> args) {
    if (op == "not" && args.size() == 1) return -args[0];
    if (op == "=>" && args.size() == 2) return disjunction({-args[0], args[1]});
    if (op == "or" && !args.empty()) return disjunction(args);
    if (op == "and" && !args.empty()) {
      for (Literal& l : args) l = -l;
      return -disjunction(args);
    }
    if (op == "=" && args.size() == 2) return conditional(args[0], args[1], -args[1]);
    if (op == "xor" && args.size() == 2) return conditional(args[0], -args[1], args[1]);
    if (op == "ite" && args.size() == 3) return conditional(args[0], args[1], args[2]);
    throw Malformed(fmt::format("no operator {} with {} arguments", op, args.size()));
  }

  Literal disjunction(std::vector<Literal> literals) {
    const Literal name = fresh();
    for (const Literal l : literals) clause({-l, name});
    literals.push_back(-name);
    clause(literals);
    return name;
  }

  Literal conditional(Literal test, Literal yes, Literal no) {
    const Literal name = fresh();
    clause({-test, -yes, name});
    clause({-test, yes, -name});
    clause({test, -no, name});
    clause({test, no, -name});
    return name;
  }

  static constexpr int kMaxDepth = 1000;

  Tokens tokens_;
  CaDiCaL::Solver solver_;
  int variables_ = 0, depth_ = 0;
  Literal true_ = 0;
  bool asked_ = false;
  std::unordered_map<std::string_view, Literal> names_;
  SolverAnswers result_;
};

}  // namespace

SolverAnswers ask_cadical(const std::string& text) {
  try {
    return Reader(text).run();
  } catch (const Malformed& error) {
    return {{}, error.what()};
  }
}

}  // namespace tlbmc
