// Operands of instructions, read. Base of the parser of instructions; throws InputError.
#pragma once

#include <string>
#include <string_view>

#include "litmus/scanner.h"
#include "litmus/test.h"

namespace tlbmc::litmus {

class OperandParser {
 protected:
  OperandParser(std::string_view text, int line) : scan_(text, line) {}

  // A register of the instruction. The first one says how wide the instruction is; all have the
  // same width.
  int reg();
  // After a comma.
  int next_reg();
  // A register, or a number with or without #.
  void second_operand();
  // [Xn], [Xn,#0], [Xn,Xm], [Xn,Wm,SXTW]
  void address();
  void condition(const std::string& name);
  // Skips the rest of the instruction, which is well-formed as far as one can tell.
  void unsupported(const std::string& what);

  Scanner scan_;
  Instruction result_;
  std::string unsupported_;

 private:
  struct Register {
    int number;
    bool wide;
  };
  Register any_reg();
  void extension(bool wide);

  bool width_known_ = false;
};

}  // namespace tlbmc::litmus
