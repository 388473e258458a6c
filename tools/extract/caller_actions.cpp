#include "tools/extract/caller_actions.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tlbmc::extract {

std::optional<std::size_t> lock_of(const Json& action, const char* what) {
  if (!action.contains(what) || !action[what].is_string()) return std::nullopt;
  const auto found =
      std::find(kLockNames.begin(), kLockNames.end(), action[what].get<std::string>());
  if (found == kLockNames.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kLockNames.begin());
}

Thread thread_after(const Json& before) {
  Thread thread;
  for_each_action(before, [&](const Json& action) {
    if (const auto lock = lock_of(action, "lock")) {
      ++thread.held.at(*lock);
      thread.shared.at(*lock) = action.value("mode", "") == "shared";
    }
    if (const auto lock = lock_of(action, "unlock"); lock && thread.held.at(*lock) > 0)
      --thread.held.at(*lock);
    if (action.contains("pte")) {
      thread.remembers = true;
      thread.agrees = thread.held.at(static_cast<std::size_t>(Lock::ptl)) > 0;
    }
    if (thread.held.at(static_cast<std::size_t>(Lock::ptl)) == 0) thread.agrees = false;
    if (action.value("gather", "") == "add") thread.gathered = true;
    if (action.value("batch", "") == "add") thread.batched = true;
  });
  return thread;
}

namespace {

bool gets_page(const Json& action) {
  return action.value("page", "") == "get" && action.value("which", "") != "new";
}

}  // namespace

bool get_page(const Json& actions) {
  return std::any_of(actions.begin(), actions.end(), gets_page);
}

Json with_reads(const Json& before) {
  Json actions = Json::array(), due = Json::array();
  bool remembers = false, looked = false;
  for (const Json& action : before) {
    if (gets_page(action) && !looked) {
      due.push_back(action);
      continue;
    }
    actions.push_back(action);
    remembers = remembers || action.contains("pte");
    const bool locks = lock_of(action, "lock") == static_cast<std::size_t>(Lock::ptl);
    if (locks && !remembers) actions.push_back({{"pte", "read"}});
    looked = looked || locks || remembers;
    if (!looked) continue;
    for (Json& get : due) actions.push_back(std::move(get));
    due.clear();
  }
  // One that the list writes out itself stands behind the lock, too.
  for (std::size_t i = 0; i + 1 < actions.size(); ++i)
    if (actions[i] == actions[i + 1] && actions[i].contains("pte")) actions.erase(i--);
  return actions;
}

Json after_exit(const Json& after, const Thread& thread, bool& forced) {
  Thread left = thread;
  Json actions = Json::array();
  for (const Json& action : after) {
    if (const auto lock = lock_of(action, "unlock")) {
      if (left.held.at(*lock) == 0) continue;
      left.held.at(*lock) = 0;
    }
    actions.push_back(action);
  }
  Json all = Json::array();
  for (std::size_t lock = kLockNames.size(); lock-- > 0;) {
    if (left.held[lock] == 0) continue;
    forced = true;
    Json unlock{{"unlock", kLockNames[lock]}};
    if (left.shared[lock]) unlock["mode"] = "shared";
    all.push_back(std::move(unlock));
  }
  all.insert(all.end(), actions.begin(), actions.end());
  return all;
}

}  // namespace tlbmc::extract
