// The expressions of one function while it is built: equal ones are one.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tools/extract/event_graph.h"

namespace tlbmc::extract {

class ExpressionTable {
 public:
  ExprId constant(std::uint64_t value);
  ExprId parameter(std::size_t number, const std::string& name, const std::string& type);
  ExprId place(Expression::Kind kind, const std::string& text, const std::string& type,
               std::vector<ExprId> operands = {});
  // Folds what is known: "+" 0, members of "with.MEMBER", casts of casts to the same type, "!" of
  // "!".
  ExprId operation(const std::string& text, std::vector<ExprId> operands,
                   const std::string& type = {});
  // Never the same as another.
  ExprId load(ExprId place, NodeId node, const std::string& type = {});
  ExprId call(const std::string& callee, std::vector<ExprId> arguments, NodeId node,
              const std::string& type);
  ExprId phi(NodeId node, const std::string& name, const std::string& type);
  ExprId unknown(const std::string& text);
  ExprId member(ExprId value, const std::string& name);  // .name of a struct
  ExprId with_member(ExprId value, const std::string& name, ExprId part);

  [[nodiscard]] const Expression& at(ExprId id) const { return expressions_[id]; }
  [[nodiscard]] Expression& at(ExprId id) { return expressions_[id]; }
  [[nodiscard]] std::size_t size() const { return expressions_.size(); }

  // The table without phis whose operands are all the same. `renamed` says what each expression
  // became.
  struct Compact {
    std::vector<Expression> expressions;
    std::vector<ExprId> renamed;
  };
  [[nodiscard]] Compact compact() const;

 private:
  using Key = std::tuple<Expression::Kind, std::uint64_t, std::string, std::vector<ExprId>>;
  ExprId add(Expression expression);
  ExprId shared(Expression expression);

  std::vector<Expression> expressions_;
  std::map<Key, ExprId> known_;
};

}  // namespace tlbmc::extract
