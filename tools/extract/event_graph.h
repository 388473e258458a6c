// Event graphs: what the functions of a kernel do to PTEs, locks, TLBs and notifiers, in what order
// and under which conditions. The neutral format between a front end (GIMPLE text today) and
// everything that makes a placement of it (docs/extraction.md).
//
// A Unit is a list of functions, each with its own control-flow graph. Nothing is inlined, and
// calls are nodes like any other. Values are expressions over what the function does not know:
// parameters, loads, results of calls. An expression belongs to its function and is numbered there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tlbmc::extract {

using NodeId = std::uint32_t;  // index into Function::nodes
using ExprId = std::uint32_t;  // index into Function::expressions; operands come before their users
inline constexpr ExprId kNoExpr = ~ExprId{0};

struct Expression {
  enum class Kind {
    constant,   // `value`, as 64 bits
    parameter,  // number `value` of the function, named `text`; as it was passed
    address,  // of the place operands[0]; without operands: of the function, label or string `text`
    global,   // the place: a variable `text` outside of the function
    local,    // the place: a local variable `text` whose address is taken
    field,    // the place: member `text` of the place operands[0]; "[]": an element, operands[1]
    dereference,  // the place *operands[0]; `type` is the type that it is accessed through
    load,         // what the place operands[0] holds at node `node`
    operation,    // `text` is C's operator ("+", "&", "==", "~", "-", "?:"), "cast:TYPE",
                  // "min", "max", ".MEMBER" of a struct, "with.MEMBER" (a struct, changed to
                  // operands[1] in that member), "flags" (non-zero if one of the bit-fields is), or
                  // "builtin:NAME"
    phi,          // at the join `node`: operand i if it was entered from its i-th predecessor
    call,         // what the call at `node` returned; `text` is the callee, operands its arguments
    unknown       // `text` says what was not understood; two unknowns are never the same
  };
  Kind kind = Kind::unknown;
  std::uint64_t value = 0;
  std::string text;
  std::string type;  // as GCC prints it ("long unsigned int", "struct pte_t"), empty if not known
  std::optional<NodeId> node;
  // They come before their users, but for those of a phi; kNoExpr in a phi: not initialised there.
  std::vector<ExprId> operands;

  // The number that an entry is: member "pte" of a pte_t.
  [[nodiscard]] bool is_entry_number() const {
    return kind == Kind::field && (text == "pte" || text == "pmd" || text == "pud");
  }
  [[nodiscard]] bool is_cast() const {
    return kind == Kind::operation && text.starts_with("cast:");
  }
};

// An action that an event rule recognised. `kind` and the keys are the rules'
// (cases/extract/events):
//   pte      op = upgrade|downgrade|clear|set|age|dirty|migrate|store, level =
//   pte|pmd|pud|p4d|pgd|cont,
//            values: slot, value
//   table    op = link|unlink|free, level
//   lock, unlock   lock = ptl|rmap|mmap|page|..., mode = shared|exclusive; value: lock
//   barrier  name = "dsb ish"|"dsb ishst"|...|"isb"|"smp_mb"|"ptesync"|...
//   tlbi     name = the instruction ("vale1is"), scope = broadcast|local, range =
//   page|range|mm|all;
//            value: operand
//   ipi-flush  wait = yes|no; values: start, end
//   notify   op = range_start|range_end|range_only_end|secondary; values: start, end, or range =
//   the struct gather, batch  op = add|flush|nested|pending... page     op =
//   get|put|copy|alloc|free; which if it can be told rmap     op = remove|add
struct Event {
  std::string kind;
  std::map<std::string, std::string> words;
  std::map<std::string, ExprId> values;
  std::string rule;  // the rule that made it, for messages and for switching it off

  // The word, or "" without it.
  [[nodiscard]] std::string word(const std::string& key) const {
    const auto found = words.find(key);
    return found == words.end() ? "" : found->second;
  }
};

struct Call {
  std::string callee;       // empty: indirect
  ExprId target = kNoExpr;  // of an indirect call: the pointer
  std::vector<ExprId> arguments;
};

struct Branch {
  std::string text;  // as the dump prints it
  ExprId condition =
      kNoExpr;  // of `if`: true if not 0; of `switch`: the value that the cases are of
};

// A place gets a value that no rule made an event of. Structs whose address is not taken are values
// like others and have no assignments.
struct Assign {
  ExprId place = kNoExpr;
  ExprId value = kNoExpr;
};

struct Edge {
  NodeId target = 0;
  // Of a branch: "true", "false", "default", or the constants of a case ("3", "4...7", "1,2").
  std::string label;
};

struct Node {
  enum class Kind { entry, event, call, branch, assign, plain, returns, stop };
  Kind kind = Kind::plain;  // stop: control does not come back (BUG, panic, __builtin_unreachable)
  std::string at;           // "mm/memory.c:3106", relative to the tree; empty if the dump has none
  std::vector<Edge> successors;      // branches: 2 or more; returns and stop: none; others: 1
  std::vector<NodeId> predecessors;  // one for each edge; the order that phi operands are in
  std::optional<Event> event;        // a call that is an event keeps `call` too
  std::optional<Call> call;
  std::optional<Branch> branch;
  std::optional<Assign> assign;
  ExprId result = kNoExpr;  // returns: the value, if any
};

struct Parameter {
  std::string name;
  std::string type;
};

struct Function {
  std::string name;
  std::string file;  // where it is defined, relative to the tree
  int line = 0;
  bool is_static = false;  // another unit may have a function of the same name
  std::string unit;        // the .c file it was compiled in
  std::vector<Parameter> parameters;
  std::vector<Expression> expressions;
  std::vector<Node> nodes;  // node 0 is the entry
};

// What was left out or could not be read, in words for people: "indirect call at ... dropped".
struct Note {
  std::string at;
  std::string function;
  std::string text;
};

struct Unit {
  std::string source;  // "Debian linux-source-6.1 6.1.192-2, arm64, GCC 12.2.0"
  std::string arch;
  std::vector<Function> functions;
  std::vector<Note> notes;
};

// The expression as text, for messages: "ptl_5 = vmf->ptl" prints as "vmf->ptl".
std::string to_text(const Function& function, ExprId expr);

}  // namespace tlbmc::extract
