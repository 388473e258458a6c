// One GIMPLE statement.
#pragma once

#include <optional>

#include "tools/extract/gimple.h"
#include "tools/extract/gimple_cursor.h"

namespace tlbmc::extract::gimple {

// Reads the statement that begins at `cursor` and passes its line end; several lines for `if` and
// `asm`. Nothing for comments and plain gotos, which the block's list of successors says already.
// The numbers of the blocks that an `if` jumps to are stored in `block`.
std::optional<Statement> parse_statement(Cursor& cursor, Block& block);

}  // namespace tlbmc::extract::gimple
