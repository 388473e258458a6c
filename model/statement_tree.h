// Walking the statements of a placement.
#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "model/placement.h"

namespace tlbmc {

// The bodies directly inside a statement, as Body* or const Body*.
template <typename S>
auto inner_bodies(S& statement) {
  std::vector<std::conditional_t<std::is_const_v<S>, const Body*, Body*>> bodies;
  if (auto* choose = std::get_if<Choose>(&statement.what))
    for (auto& branch : choose->branches) bodies.push_back(&branch.second);
  if (auto* branch = std::get_if<If>(&statement.what))
    bodies.insert(bodies.end(), {&branch->then_body, &branch->else_body});
  if (auto* loop = std::get_if<Loop>(&statement.what)) bodies.push_back(&loop->body);
  if (auto* graph = std::get_if<Graph>(&statement.what))
    for (auto& edge : graph->edges) bodies.push_back(&edge.body);
  return bodies;
}

// Calls visit(body) for this body and every one inside it, inner ones last.
template <typename B, typename F>
void for_each_body(B& body, const F& visit) {
  visit(body);
  for (auto& statement : body)
    for (auto* inner : inner_bodies(statement)) for_each_body(*inner, visit);
}

// Where a statement is: body->at(index), in the operation or routine `place`.
template <typename B>
struct Site {
  std::string place;
  B* body;
  std::size_t index;
  [[nodiscard]] auto& statement() const { return (*body)[index]; }
};

// All statements of a placement, in an order that depends on it alone: a statement comes after
// those that it is inside of, and after those before it in its body.
template <typename P>
auto all_sites(P& placement) {
  using B = std::conditional_t<std::is_const_v<P>, const Body, Body>;
  std::vector<Site<B>> sites;
  const auto add = [&](const std::string& place, B& outer) {
    for_each_body(outer, [&](B& body) {
      for (std::size_t i = 0; i < body.size(); ++i) sites.push_back({place, &body, i});
    });
  };
  for (auto& [name, operation] : placement.operations) add(name, operation.body);
  for (auto& [name, routine] : placement.routines) add(name, routine.body);
  return sites;
}

}  // namespace tlbmc
