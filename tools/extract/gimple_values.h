// Operands of one function as expressions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/extract/expression_table.h"
#include "tools/extract/gimple.h"

namespace tlbmc::extract {

// The names of bit-fields, in their order, of structs: GCC tests several with one mask.
using BitFields = std::map<std::string, std::vector<std::string>, std::less<>>;

// Structs whose address is not taken are tracked: they are values, like SSA names. The caller sets
// `current` to what they hold where the statement is.
class GimpleValues {
 public:
  GimpleValues(const gimple::Function& function, const BitFields& bit_fields,
               ExpressionTable& table);

  std::map<std::string, ExprId> current;
  [[nodiscard]] const std::set<std::string>& tracked() const { return tracked_; }
  // The name as an SSA name's: "entry_5". Nothing for variables.
  [[nodiscard]] bool is_ssa(const std::string& name) const;

  // What an operand or right-hand side is, evaluated at `node`; calls are the caller's.
  ExprId value(const gimple::Term& term, NodeId node, const std::string& type = {});
  ExprId place(const gimple::Term& term, NodeId node);
  // Whether this is a load or contains one, so that it needs a node of its own.
  [[nodiscard]] bool loads(const gimple::Term& term) const;
  [[nodiscard]] std::string type_of(const std::string& name) const;
  // The variable that an SSA name is a version of; empty for GCC's temporaries.
  [[nodiscard]] std::string variable_of(const std::string& name) const;

  // Defines an SSA name. Throws InputError if it is defined already.
  void define(const std::string& name, ExprId value, int dump_line);
  // The tracked variable that a left-hand side changes, whole or in part.
  [[nodiscard]] std::optional<std::string> tracked_base(const gimple::Term& left) const;
  // Changes it.
  void assign_tracked(const gimple::Term& left, ExprId value, NodeId node);

 private:
  void find_tracked();
  ExprId name_value(const std::string& name, NodeId node);
  ExprId binary(const gimple::Term& term, NodeId node, const std::string& type);
  ExprId member_value(const gimple::Term& term, NodeId node, const std::string& type);
  std::optional<ExprId> flags(ExprId left, ExprId right, NodeId node);
  ExprId changed(const gimple::Term& left, ExprId value, NodeId node);

  const gimple::Function& function_;
  const BitFields& bit_fields_;
  ExpressionTable& table_;
  std::map<std::string, std::size_t, std::less<>> parameters_;
  std::map<std::string, ExprId, std::less<>> ssa_;
  std::set<std::string> tracked_;
};

}  // namespace tlbmc::extract
