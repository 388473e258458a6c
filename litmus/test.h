// A litmus test as it is written: initial state, one program for each thread, a condition.
//
// The format is herd's for AArch64 with virtual memory (herdtools7, `-variant vmsa`). Of our own
// are the header lines `Tables=`, `Device=`, `ATS=`, `BTM=` and `PMD(x)` (docs/litmus.md).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "litmus/value.h"
#include "model/diagnostic.h"

namespace tlbmc::litmus {

inline constexpr int kZeroRegister = 31;

enum class Op {
  load,
  store,
  swap,  // SWP, and the read-modify-writes below
  add_to,
  set_in,
  clear_in,
  eor_in,
  compare_and_swap,
  move,  // of a register or a number
  add,
  sub,
  exclusive_or,
  and_,
  or_,
  bit_clear,
  shift_left,
  shift_right,
  compare,
  select,         // CSEL
  set_condition,  // CSET
  branch,
  branch_zero,
  branch_not_zero,
  branch_condition,
  dsb,
  dmb,
  isb,
  tlbi,
  command,  // to an SMMU
  address_of_label,
  write_elr,
  exception_return,
  nop
};
enum class Condition { eq, ne, ge, lt, gt, le };
enum class Acquire { no, acquire, acquire_pc };
enum class Command { tlbi, tlbi_all, atc_inv, sync };

struct Operand {  // the last operand of an arithmetic instruction
  int reg = -1;   // -1: the number
  bool wide = true;
  std::uint64_t number = 0;
};

struct Instruction {
  Op op = Op::nop;
  int line = 0;
  std::string text;
  std::vector<std::string> labels;
  bool wide = true;  // X registers; else W
  int destination = kZeroRegister;
  int source = kZeroRegister;    // of stores and read-modify-writes: the value; CAS: the new value
  int compared = kZeroRegister;  // CAS: also its destination
  int base = -1;                 // address register; arithmetic: the first operand
  Operand operand;               // offset register, or second operand
  Condition condition = Condition::eq;
  Acquire acquire = Acquire::no;
  bool release = false;
  bool returns = true;  // a read-modify-write whose result is used
  AccessOrder order = AccessOrder::full;
  bool own_only = false;   // DSB NSH, local TLBI
  bool all_pages = false;  // TLBI: not by address
  bool leaf_only = false;
  Command command = Command::sync;
  std::string target;  // label
};

struct Thread {
  std::vector<Instruction> code;
  std::vector<Instruction> handler;
  bool has_column = false, has_handler = false;
  std::map<int, Value> registers;
  WalkerKind walker{};
  bool device = false;  // accesses through an SMMU
  bool ats = false;     // and through its own ATC

  // The program, with the handler after it.
  [[nodiscard]] std::size_t size() const { return code.size() + handler.size(); }
  [[nodiscard]] const Instruction& at(std::size_t position) const {
    return position < code.size() ? code[position] : handler[position - code.size()];
  }
};

// Something in a final state: a register, a location, a fault.
struct Observable {
  enum class Kind { reg, location, fault } kind = Kind::location;
  int thread = -1;
  int reg = -1;
  Value location{};            // pte, table or address (of the page PA)
  std::string label;           // of faults; empty: any
  std::optional<Symbol> page;  // of faults: the page accessed
  bool of_pte = false;         // the access was to PTE(page)
  std::optional<FaultKind> type;
  std::string text;  // as written
};

struct Proposition {
  enum class Kind {
    truth,
    atom,
    negation,
    conjunction,
    disjunction,
    implication
  } kind = Kind::truth;
  Observable observable;  // of an atom
  Value value;            // compared with; faults: none
  bool equal = true;
  std::vector<Proposition> parts;
};

enum class Quantifier { exists, not_exists, forall };

struct Test {
  std::string file, name;
  std::map<std::string, std::string> header;  // by key, in capitals
  bool retry_faults = false;                  // Variant=imprecise or handled: execute again
  bool skip_faults = false;                   // Variant=skip
  bool btm = false;
  std::vector<std::set<Symbol>> tables;  // pages whose walks go through one table
  std::vector<std::string> symbols;
  std::map<Value, Value> memory;  // initial values by location: address (of PA), pte or table
  std::vector<Thread> threads;
  std::vector<Observable> locations;  // to be shown too
  Quantifier quantifier = Quantifier::exists;
  Proposition condition;
  std::optional<Proposition> filter;
  std::vector<std::string> unsupported;  // what is well-formed but not modelled, in order

  [[nodiscard]] const std::string& symbol(Symbol s) const {
    return symbols[static_cast<std::size_t>(s)];
  }
  [[nodiscard]] Value initial(const Value& location) const;
  // One name for the table descriptor that several pages share.
  [[nodiscard]] Value canonical(const Value& location) const;
  // Are walks of this page through a table that others share? -1: one level only.
  [[nodiscard]] int table_of(Symbol page) const;
  [[nodiscard]] std::string text(const Value& value) const;
  // Does hardware set access flags, or make descriptors dirty, for some thread?
  [[nodiscard]] bool updates_access_flags() const;
};

inline constexpr std::size_t kMaxLitmusBytes = std::size_t{1} << 20;

// Errors: unreadable, larger than kMaxLitmusBytes, malformed; the path of the diagnostic is
// "line N". A test that is well-formed but beyond the model has `unsupported` reasons.
Result<Test> load_test(const std::string& file);
Result<Test> parse_test(const std::string& text, const std::string& file);

}  // namespace tlbmc::litmus
