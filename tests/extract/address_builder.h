// Functions with addresses, written by hand for tests, and what is followed in them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "extract/graph_builder.h"
#include "model/json_reader.h"
#include "tools/extract/address_values.h"

namespace tlbmc::extract::test::addresses {

using Kind = Expression::Kind;

inline constexpr const char* kLong = "long unsigned int";

// What an entry's list says of a function that is called under the PTL, with pages from start to
// end.
inline const Json kLocked = Json::array({Json{{"lock", "ptl"}}, Json{{"pte", "read"}}});
inline const std::vector<std::string> kInside{"start <= page && page < end",
                                              "start % PAGE_SIZE == 0", "end % PAGE_SIZE == 0"};

struct Followed {
  std::string text;
  bool followed;
};

class Builder : public FunctionBuilder {
 public:
  using FunctionBuilder::FunctionBuilder;
  ExprId op(const std::string& text, std::vector<ExprId> operands) {
    return expression(Kind::operation, 0, text, kLong, std::move(operands));
  }
  ExprId is(const std::string& text, ExprId a, ExprId b) {
    return expression(Kind::operation, 0, text, "_Bool", {a, b});
  }
  ExprId number(std::uint64_t value) { return expression(Kind::constant, value, "", kLong); }
  ExprId given(std::uint64_t number) {
    const ExprId e = parameter(number);
    type(e, kLong);
    return e;
  }
  ExprId phi(NodeId node, const std::string& name) {
    const ExprId e = expression(Kind::phi, 0, name, kLong);
    at_node(e, node);
    return e;
  }
};

inline Followed follow(std::vector<Function> functions, ExprId e, const Use& use,
                       const Meaning& meaning = {}, std::uint64_t bits = ~0ULL) {
  Unit unit;
  unit.functions = std::move(functions);
  const CallGraph calls(unit, {});
  AddressValues values(calls, meaning);
  const Function& f = unit.functions.front();
  const AddressExpr found = values.value(f, e, use, bits);
  return {text_of(found), values.is_followed(f, found)};
}

// for (address = start; address != end; address += step) { BODY }
struct Loop {
  explicit Loop(std::uint64_t step, bool changes_ptes, const std::string& test = "!=")
      : f("loop", {"start", "end"}) {
    head = f.add(Node::Kind::plain);
    const ExprId end = f.given(1);
    phi = f.phi(head, "address");
    branch = f.branch(f.is(test, phi, end));
    body = changes_ptes ? f.event("pte", {{"op", "set"}, {"level", "pte"}})
                        : f.event("tlbi", {{"name", "vale1is"}});
    behind = f.event("notify", {{"op", "secondary"}});
    last = f.returns();
    f.line({0, head, branch});
    f.edge(branch, body, "true");
    f.edge(branch, behind, "false");
    f.edge(body, head);
    f.edge(behind, last);
    f.operand(phi, f.given(0));
    const ExprId one = f.number(step);
    next = f.op("+", {phi, one});
    f.operand(phi, next);
  }
  Builder f;
  NodeId head = 0, branch = 0, body = 0, behind = 0, last = 0;
  ExprId phi = kNoExpr, next = kNoExpr;
};

inline std::uint64_t at(const std::string& text, const Valuation& values) {
  return evaluate(parse_address(text, ""), values);
}

}  // namespace tlbmc::extract::test::addresses
