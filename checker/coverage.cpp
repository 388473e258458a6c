#include "checker/coverage.h"

#include <fmt/format.h>

#include <cctype>

#include "encoders/question_text.h"

namespace tlbmc {

namespace {

using Op = AddressExpr::Op;

std::string number(std::uint64_t n) { return fmt::format("(_ bv{} 64)", n); }

// No name of SMT-LIB's own, and neither of the bound ones, a and b.
std::string symbol(const std::string& name) { return fmt::format("p_{}", name); }

// Every bit below the highest one of a - 1, and one more.
std::string next_power() {
  std::string text = fmt::format("(bvadd a {})", number(1));
  for (std::uint64_t shift = 32; shift > 0; shift /= 2)
    text = fmt::format("(let ((a (bvor a (bvlshr a {})))) {})", number(shift), text);
  return fmt::format("(let ((a (bvsub a {}))) {})", number(1), text);
}

std::string highest_bit() {
  std::string text = number(0);
  for (unsigned bit = 1; bit < 64; ++bit)
    text = fmt::format("(ite (= ((_ extract {0} {0}) a) #b1) {1} {2})", bit, number(bit), text);
  return text;
}

std::string value(const AddressExpr& e);

std::string truth(const AddressExpr& e) {
  const auto value_of = [&](std::size_t i) { return value(e.arg(i)); };
  const auto truth_of = [&](std::size_t i) { return truth(e.arg(i)); };
  switch (e.node().op) {
    case Op::logical_not: return QuestionText::negated(truth_of(0));
    case Op::logical_and: return QuestionText::all({truth_of(0), truth_of(1)});
    case Op::logical_or: return QuestionText::any({truth_of(0), truth_of(1)});
    case Op::equal: return fmt::format("(= {} {})", value_of(0), value_of(1));
    case Op::less: return fmt::format("(bvult {} {})", value_of(0), value_of(1));
    case Op::less_equal: return fmt::format("(bvule {} {})", value_of(0), value_of(1));
    default: return fmt::format("(not (= {} {}))", value(e), number(0));
  }
}

std::string value(const AddressExpr& e) {
  const auto& node = e.node();
  const auto apply = [&](const char* function) {
    std::string args;
    for (std::size_t i = 0; i < AddressExpr::arity(node.op); ++i)
      args += fmt::format(" {}", value(e.arg(i)));
    return fmt::format("({}{})", function, args);
  };
  // `text` over the arguments a and b.
  const auto with = [&](const std::string& text) {
    std::string bound = fmt::format("(a {})", value(e.arg(0)));
    if (AddressExpr::arity(node.op) == 2) bound += fmt::format(" (b {})", value(e.arg(1)));
    return fmt::format("(let ({}) {})", bound, text);
  };
  const std::string one = number(1);
  switch (node.op) {
    case Op::literal: return number(node.value);
    case Op::name: return symbol(node.name);
    case Op::complement: return apply("bvnot");
    case Op::add: return apply("bvadd");
    case Op::subtract: return apply("bvsub");
    case Op::multiply: return apply("bvmul");
    case Op::divide: return apply("bvudiv");
    case Op::remainder: return apply("bvurem");
    case Op::shift_left: return apply("bvshl");
    case Op::shift_right: return apply("bvlshr");
    case Op::bit_and: return apply("bvand");
    case Op::bit_or: return apply("bvor");
    case Op::bit_xor: return apply("bvxor");
    case Op::conditional:
      return fmt::format("(ite {} {} {})", truth(e.arg(0)), value(e.arg(1)), value(e.arg(2)));
    case Op::minimum: return with("(ite (bvult a b) a b)");
    case Op::maximum: return with("(ite (bvult a b) b a)");
    case Op::round_down: return with(fmt::format("(bvand a (bvnot (bvsub b {})))", one));
    case Op::round_up:
      return with(fmt::format("(bvadd (bvor (bvsub a {0}) (bvsub b {0})) {0})", one));
    case Op::roundup_pow_of_two: return with(next_power());
    case Op::ilog2: return with(highest_bit());
    default: return fmt::format("(ite {} {} {})", truth(e), one, number(0));
  }
}

std::string file_name(std::size_t number, std::string operation) {
  for (char& c : operation)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return fmt::format("{}-{}", number, operation);
}

// The parameter values that are not in this combination.
std::string outside(const Combination& combination) {
  std::vector<std::string> inside;
  for (const auto& [condition, value] : combination)
    inside.push_back(value ? truth(condition) : QuestionText::negated(truth(condition)));
  return QuestionText::negated(QuestionText::all(std::move(inside)));
}

}  // namespace

std::string coverage_name(const Program& program) {
  return program.level == Level::table ? "coverage-table" : "coverage";
}

std::vector<QuestionFile> coverage(const Program& program, const std::vector<std::string>& header) {
  std::vector<QuestionFile> files;
  for (std::size_t i = 0; i < program.operations.size(); ++i) {
    const Operation& operation = program.operations[i];
    std::string combinations;
    for (const RangeCase& one : program.range_cases) {
      if (one.operation != static_cast<int>(i)) continue;
      for (const Combination& combination : one.combinations)
        combinations += fmt::format("(assert {})\n", outside(combination));
    }
    if (combinations.empty()) continue;
    const auto about = fmt::format("addresses of {} that are in none of its cases", operation.name);
    QuestionFile file{file_name(files.size(), operation.name), "(set-logic QF_BV)\n", {about}};
    for (const std::string& line : header) file.text += fmt::format("; {}\n", line);
    file.text += fmt::format("; {}\n", about);
    for (const std::string& name : operation.parameters)
      file.text += fmt::format("(declare-const {} (_ BitVec 64))\n", symbol(name));
    for (const AddressExpr& condition : operation.where)
      file.text += fmt::format("(assert {})\n", truth(condition));
    file.text += combinations + "(check-sat)\n";
    files.push_back(std::move(file));
  }
  return files;
}

}  // namespace tlbmc
