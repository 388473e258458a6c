// GCC's GIMPLE in SSA form, as -fdump-tree-ssa-lineno-blocks prints it: what the parser makes of
// the text, before anything is known about kernels. GCC 12's printer (tree-pretty-print.cc,
// gimple-pretty-print.cc) is the source of the grammar.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tlbmc::extract::gimple {

// A place in the C source, as the dump names it; line 0: none.
struct Location {
  std::string file;
  int line = 0;
};

// An operand or a right-hand side.
struct Term {
  enum class Kind {
    constant,     // `value`
    string,       // `text`, without quotes
    name,         // a variable, a function, a label, an SSA name: `text`
    address,      // &children[0]
    dereference,  // *children[0], accessed through the type `text`
    member,       // children[0].text
    element,      // children[0][children[1]]
    cast,         // (text) children[0]
    unary,        // `text` children[0]
    binary,       // children[0] `text` children[1]
    conditional,  // children[0] ? children[1] : children[2]
    call,         // children[0] (children[1], ...)
    constructor,  // { ... }, `text` as printed
    unknown       // `text` as printed
  };
  Kind kind = Kind::unknown;
  std::string text;
  std::uint64_t value = 0;
  std::vector<Term> children;
};

struct Statement {
  enum class Kind {
    assign,     // left = right; right may be a call
    call,       // right, its value not used
    assembly,   // see `assembly`
    condition,  // if (right)
    selection,  // switch (right)
    jump,       // goto *right: a computed goto
    returns,    // return, with `right` if `has_right`
    label,      // `text`
    phi,        // left = phi
    clobber     // left's life ends
  };
  Kind kind = Kind::call;
  Location at;
  int dump_line = 0;
  std::string text;  // as printed, without locations
  Term left, right;
  bool has_left = false, has_right = false;
  std::vector<std::pair<Term, int>> phi;  // value, number of the predecessor block
  struct Case {
    std::string label;      // "<L3>"
    std::string constants;  // "3", "3 ... 7", "default"
  };
  std::vector<Case> cases;
  struct Assembly {
    std::string text;  // the template
    bool jumps = false;
    std::vector<Term> outputs, inputs;
    std::vector<std::string> labels;
    bool clobbers_memory = false;
  } assembly;
};

struct Block {
  int number = 0;
  int dump_line = 0;
  std::vector<int> predecessors;  // as numbers of blocks, ENTRY left out
  std::vector<int> successors;    // EXIT left out
  bool from_entry = false, to_exit = false;
  std::vector<Statement> statements;
  int goto_true = 0, goto_false = 0;  // of a condition; 0: none
  int goto_plain = 0;                 // of `goto <bb N>`
};

struct Parameter {
  std::string name, type;
};

struct Function {
  std::string name;
  int dump_line = 0;
  std::vector<Parameter> parameters;
  std::map<std::string, std::string, std::less<>> locals;  // name -> type, SSA names included
  std::vector<Block> blocks;  // in the dump's order, the first is entered
};

}  // namespace tlbmc::extract::gimple
