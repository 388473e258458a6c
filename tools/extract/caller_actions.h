// What the caller of an entry does in front of it and behind it: the lists `before` and `after` of
// cases/extract/entries, as actions of a placement.
#pragma once

#include <cstddef>
#include <optional>

#include "model/json_reader.h"
#include "tools/extract/summary.h"

namespace tlbmc::extract {

// Calls visit(action) for every action of the list, at any depth.
template <typename Actions, typename Visit>
void for_each_action(Actions& actions, const Visit& visit) {
  if (actions.is_array()) {
    for (auto& action : actions) for_each_action(action, visit);
  } else if (actions.is_object()) {
    visit(actions);
    for (auto& [key, value] : actions.items()) for_each_action(value, visit);
  }
}

// The Lock that `action` takes or gives up: `what` is "lock" or "unlock".
std::optional<std::size_t> lock_of(const Json& action, const char* what);

// What the actions in front leave to the function.
Thread thread_after(const Json& before);

// Whether they take a reference to the page that the entry maps.
bool get_page(const Json& actions);

// Under the PTL that the caller takes, the function looks at the PTE: what it sees is remembered.
// A reference that the caller has before that look is one to the page that it finds. If the caller
// does not look, it is left out here.
Json with_reads(const Json& before);

// What the caller does after this exit: it unlocks what is held, and nothing else. `forced`:
// something is held that the list does not unlock.
Json after_exit(const Json& after, const Thread& thread, bool& forced);

}  // namespace tlbmc::extract
