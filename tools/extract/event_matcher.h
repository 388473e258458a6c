// Applies event rules to the statements of one function.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/extract/event_graph.h"
#include "tools/extract/event_rules.h"
#include "tools/extract/expression_table.h"

namespace tlbmc::extract {

// "pte_t" for "const volatile struct pte_t *"; the type without qualifiers and stars.
std::string struct_name(std::string_view type);
// A value of the type is an entry of a page table: "struct pte_t", "volatile pmd_t".
bool is_entry_value(std::string_view type);
// The struct that a pointer points into, by its type or by the place that it is the address of;
// empty if that cannot be told.
std::string pointed_struct(const ExpressionTable& table, ExprId pointer);
// The struct that a place lies in: of ptep->pte and of *ptep "pte_t"; empty for locals.
std::string stored_struct(const ExpressionTable& table, ExprId place);
// As to_text() of event_graph.h.
std::string to_text(const ExpressionTable& table, ExprId expr);

class EventMatcher {
 public:
  EventMatcher(const EventRules& rules, const ExpressionTable& table, std::string function)
      : rules_(rules), table_(table), function_(std::move(function)) {}

  [[nodiscard]] std::optional<Event> call(const std::string& callee,
                                          const std::vector<ExprId>& arguments,
                                          ExprId result) const;
  [[nodiscard]] std::optional<Event> assembly(const std::string& text,
                                              const std::vector<ExprId>& inputs) const;
  [[nodiscard]] std::optional<Event> store(ExprId slot, ExprId value) const;
  // What a branch on `condition` tests; the word `holds` names the edge on which it is so.
  [[nodiscard]] std::optional<Event> test(ExprId condition) const;

 private:
  [[nodiscard]] bool applies(const EventRule& rule, const std::vector<ExprId>& arguments) const;

  const EventRules& rules_;
  const ExpressionTable& table_;
  std::string function_;
};

}  // namespace tlbmc::extract
