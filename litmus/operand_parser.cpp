#include "litmus/operand_parser.h"

#include <fmt/format.h>

#include <map>

#include "litmus/arithmetic.h"
#include "litmus/parse_value.h"

namespace tlbmc::litmus {

OperandParser::Register OperandParser::any_reg() {
  const std::string name = scan_.name();
  const auto number = register_number(name);
  if (!number) {
    unsupported("register " + name);
    return {kZeroRegister, true};
  }
  return {*number, upper_case(name).front() == 'X'};
}

int OperandParser::reg() {
  const Register reg = any_reg();
  if (!unsupported_.empty()) return reg.number;
  if (width_known_ && reg.wide != result_.wide)
    scan_.fail("expected registers of one width, all X or all W");
  result_.wide = reg.wide;
  width_known_ = true;
  return reg.number;
}

int OperandParser::next_reg() {
  if (!unsupported_.empty()) return kZeroRegister;
  scan_.expect(",");
  return reg();
}

void OperandParser::second_operand() {
  if (!unsupported_.empty()) return;
  scan_.expect(",");
  if (scan_.accept("#") || scan_.number_follows()) {
    result_.operand = {-1, result_.wide, scan_.number()};
    const std::uint64_t number = result_.operand.number;
    const bool shift = result_.op == Op::shift_left || result_.op == Op::shift_right;
    if (shift && number >= (result_.wide ? 64 : 32))
      scan_.fail(fmt::format("expected a shift by less than {}", result_.wide ? 64 : 32));
    if (!result_.wide && !fits_half(number))
      scan_.fail("this number does not fit a register of 32 bits");
  } else {
    result_.operand.reg = reg();
    result_.operand.wide = result_.wide;
  }
  if (scan_.peek() == ',') unsupported("a shifted or extended operand");
}

void OperandParser::address() {
  if (!unsupported_.empty()) return;
  scan_.expect(",");
  scan_.expect("[");
  const Register base = any_reg();
  result_.base = base.number;
  if (!base.wide) unsupported("a 32-bit address");
  if (scan_.accept(",")) {
    if (scan_.accept("#") || scan_.number_follows()) {
      if (scan_.number() != 0) unsupported("an offset");
    } else {
      const Register offset = any_reg();
      result_.operand.reg = offset.number;
      result_.operand.wide = offset.wide;
      if (unsupported_.empty()) extension(offset.wide);
    }
  }
  if (unsupported_.empty()) scan_.expect("]");
  if (unsupported_.empty() && scan_.peek() != '\0') unsupported("post-indexed access");
}

// SXTW and UXTW are the same here: an offset is 0.
void OperandParser::extension(bool wide) {
  if (!scan_.accept(",")) {
    if (!wide) scan_.fail("expected SXTW or UXTW after an offset of 32 bits");
    return;
  }
  const std::string name = upper_case(scan_.name());
  if (wide || (name != "SXTW" && name != "UXTW") || scan_.peek() != ']')
    unsupported("address extension " + name);
}

void OperandParser::condition(const std::string& name) {
  static const std::map<std::string, Condition, std::less<>> conditions{
      {"EQ", Condition::eq}, {"NE", Condition::ne}, {"GE", Condition::ge},
      {"LT", Condition::lt}, {"GT", Condition::gt}, {"LE", Condition::le}};
  const auto found = conditions.find(name);
  if (found == conditions.end()) return unsupported("condition " + name);
  result_.condition = found->second;
}

void OperandParser::unsupported(const std::string& what) {
  if (unsupported_.empty()) unsupported_ = what;
  scan_.skip(scan_.rest().size());
}

}  // namespace tlbmc::litmus
