// Operands and right-hand sides of GIMPLE statements.
#pragma once

#include "tools/extract/gimple.h"
#include "tools/extract/gimple_cursor.h"

namespace tlbmc::extract::gimple {

// Reads a right-hand side: an operand, an operation or a call. What GCC can print and this does not
// know becomes a Term of kind `unknown` that ends where the statement, the argument or the bracket
// ends; text that cannot be GIMPLE (brackets that do not match) is an InputError.
Term parse_right(Cursor& cursor);
// Reads one operand: no operators with two operands, no call.
Term parse_operand(Cursor& cursor);
// The whole of `text`, from dump line `line`.
Term parse_term(std::string_view text, int line);

}  // namespace tlbmc::extract::gimple
