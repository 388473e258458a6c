#include "litmus/parse_instruction.h"

#include <fmt/format.h>

#include <map>

#include "litmus/operand_parser.h"

namespace tlbmc::litmus {

namespace {

const std::map<std::string, Op, std::less<>> kArithmetic{
    {"ADD", Op::add}, {"SUB", Op::sub},       {"EOR", Op::exclusive_or}, {"AND", Op::and_},
    {"ORR", Op::or_}, {"BIC", Op::bit_clear}, {"LSL", Op::shift_left},   {"LSR", Op::shift_right}};
// Read-modify-writes: LD... returns the old value, ST... does not.
const std::map<std::string, Op, std::less<>> kAtomics{
    {"ADD", Op::add_to}, {"SET", Op::set_in}, {"CLR", Op::clear_in}, {"EOR", Op::eor_in}};
class Parser : OperandParser {
 public:
  Parser(std::string_view text, int line, Test& test) : OperandParser(text, line), test_(test) {}

  Instruction parse() {
    result_.line = scan_.line();
    while (!scan_.at_end()) {
      const std::string_view whole = scan_.rest();
      std::string word = scan_.name();
      if (!scan_.accept(":")) {
        result_.text = printable(trimmed(whole));
        instruction(upper_case(word));
        break;
      }
      result_.labels.push_back(std::move(word));
    }
    if (!unsupported_.empty()) {
      test_.unsupported.push_back(unsupported_);
      result_.op = Op::nop;
    } else if (!scan_.at_end()) {
      scan_.fail(fmt::format("expected the end of the instruction \"{}\"", result_.text));
    }
    return result_;
  }

 private:
  void instruction(const std::string& name) {
    if (memory(name) || control(name) || barrier(name)) return;
    if (const auto found = kArithmetic.find(name); found != kArithmetic.end()) {
      result_.op = found->second;
      result_.destination = reg();
      result_.base = next_reg();
      second_operand();
    } else if (name == "MOV" || name == "MOVZ") {
      result_.op = Op::move;
      result_.destination = reg();
      second_operand();
    } else if (name == "CMP") {
      result_.op = Op::compare;
      result_.base = reg();
      second_operand();
    } else if (name == "CSEL") {
      result_.op = Op::select;
      result_.destination = reg();
      result_.base = next_reg();
      result_.operand.reg = next_reg();
      result_.operand.wide = result_.wide;
      next_condition();
    } else if (name == "CSET") {
      result_.op = Op::set_condition;
      result_.destination = reg();
      next_condition();
    } else if (name == "ADR") {
      result_.op = Op::address_of_label;
      result_.destination = reg();
      if (!result_.wide) unsupported("a 32-bit address");
      next_label();
    } else if (name != "NOP") {
      unsupported("instruction " + name);
    }
  }

  void next_condition() {
    if (!unsupported_.empty()) return;
    scan_.expect(",");
    condition(upper_case(scan_.name()));
  }
  void next_label() {
    if (!unsupported_.empty()) return;
    scan_.expect(",");
    result_.target = scan_.name();
  }

  bool memory(const std::string& name) {
    static const std::map<std::string, Acquire, std::less<>> loads{
        {"LDR", Acquire::no}, {"LDAR", Acquire::acquire}, {"LDAPR", Acquire::acquire_pc}};
    if (const auto load = loads.find(name); load != loads.end()) {
      result_.op = Op::load;
      result_.acquire = load->second;
      result_.destination = reg();
      address();
      acquire_needs_a_destination();
      return true;
    }
    if (name == "STR" || name == "STLR") {
      result_.op = Op::store;
      result_.release = name == "STLR";
      result_.source = reg();
      address();
      return true;
    }
    return atomic(name);
  }

  // What is read into the zero register is not acquired: Arm ARM, C6.2, of CASA, SWPA, LDADDA, ...;
  // of LDAR, that nobody can tell.
  void acquire_needs_a_destination() {
    if (result_.destination == kZeroRegister) result_.acquire = Acquire::no;
  }

  // SWP, CAS, LDADD, STSET, ... with A and L.
  bool atomic(const std::string& name) {
    std::string stem = name.substr(0, 3);
    std::string suffix = name.size() > 3 ? name.substr(3) : "";
    if (stem == "SWP") {
      result_.op = Op::swap;
    } else if (stem == "CAS") {
      result_.op = Op::compare_and_swap;
    } else if ((name.starts_with("LD") || name.starts_with("ST")) && name.size() >= 5 &&
               kAtomics.contains(name.substr(2, 3))) {
      result_.op = kAtomics.at(name.substr(2, 3));
      result_.returns = name.starts_with("LD");
      suffix = name.substr(5);
    } else {
      return false;
    }
    const bool known = suffix.empty() || suffix == "L" ||
                       (result_.returns && (suffix == "A" || suffix == "AL"));  // no STADDA
    if (!known) {
      unsupported("instruction " + name);
      return true;
    }
    result_.acquire = suffix.starts_with("A") ? Acquire::acquire : Acquire::no;
    result_.release = suffix.ends_with("L");
    if (result_.op == Op::compare_and_swap) {
      result_.compared = result_.destination = reg();
      result_.source = next_reg();
    } else {
      result_.source = reg();
      if (result_.returns) result_.destination = next_reg();
      result_.returns = result_.destination != kZeroRegister;
    }
    address();
    acquire_needs_a_destination();
    return true;
  }

  bool control(const std::string& name) {
    if (name == "B") {
      result_.op = Op::branch;
      result_.target = scan_.name();
    } else if (name.starts_with("B.")) {
      result_.op = Op::branch_condition;
      condition(name.substr(2));
      result_.target = scan_.name();
    } else if (name == "CBZ" || name == "CBNZ") {
      result_.op = name == "CBZ" ? Op::branch_zero : Op::branch_not_zero;
      result_.base = reg();
      next_label();
    } else if (name == "ERET") {
      result_.op = Op::exception_return;
    } else if (name == "MSR") {
      const std::string target = upper_case(scan_.name());
      scan_.expect(",");
      if (target != "ELR_EL1") return unsupported("MSR " + target), true;
      result_.op = Op::write_elr;
      result_.base = wide_reg();
    } else {
      return false;
    }
    return true;
  }

  // Of a system register, a TLBI, a command.
  int wide_reg() {
    const int number = reg();
    if (!result_.wide && unsupported_.empty()) scan_.fail("expected a register of 64 bits");
    return number;
  }

  bool barrier(const std::string& name) {
    if (name == "ISB") {
      result_.op = Op::isb;
      scan_.accept_word("SY");
    } else if (name == "DSB" || name == "DMB") {
      result_.op = name == "DSB" ? Op::dsb : Op::dmb;
      domain(name, upper_case(scan_.name()));
    } else if (name == "TLBI") {
      tlbi(upper_case(scan_.name()));
    } else if (name == "CMD") {
      command(upper_case(scan_.name()));
    } else {
      return false;
    }
    return true;
  }

  // SY, ISH, OSH, NSH, with LD or ST.
  void domain(const std::string& name, std::string word) {
    if (word == "LD" || word == "ST") word.insert(0, "SY");
    if (word.ends_with("LD")) result_.order = AccessOrder::loads;
    if (word.ends_with("ST")) result_.order = AccessOrder::stores;
    const std::string domain =
        result_.order == AccessOrder::full ? word : word.substr(0, word.size() - 2);
    result_.own_only = domain == "NSH";
    const bool known = domain == "SY" || domain == "ISH" || domain == "OSH" ||
                       (result_.own_only && name == "DSB" && result_.order == AccessOrder::full);
    if (!known) unsupported(name + " " + word);
  }

  void tlbi(const std::string& name) {
    result_.op = Op::tlbi;
    std::string operation = name;
    result_.own_only = !operation.ends_with("IS") && !operation.ends_with("OS");
    if (!result_.own_only) operation.resize(operation.size() - 2);
    if (operation == "VMALLE1") {
      result_.all_pages = true;
      if (scan_.accept(",")) wide_reg();
      return;
    }
    result_.leaf_only = operation == "VALE1" || operation == "VAALE1";
    if (!result_.leaf_only && operation != "VAE1" && operation != "VAAE1")
      return unsupported("TLBI " + name);
    scan_.expect(",");
    result_.base = wide_reg();
  }

  void command(const std::string& name) {
    static const std::map<std::string, Command, std::less<>> commands{
        {"TLBI_NH_VA", Command::tlbi},
        {"TLBI_NH_ALL", Command::tlbi_all},
        {"ATC_INV", Command::atc_inv},
        {"SYNC", Command::sync}};
    const auto found = commands.find(name);
    if (found == commands.end()) return unsupported("CMD " + name);
    result_.op = Op::command;
    result_.command = found->second;
    if (result_.command == Command::tlbi || result_.command == Command::atc_inv) {
      scan_.expect(",");
      result_.base = wide_reg();
    }
  }

  Test& test_;
};

}  // namespace

Instruction parse_instruction(std::string_view text, int line, Test& test) {
  return Parser(text, line, test).parse();
}

}  // namespace tlbmc::litmus
