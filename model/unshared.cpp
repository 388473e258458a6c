#include "model/unshared.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/statement_tree.h"

namespace tlbmc {

namespace {

using Wanted = std::function<bool(const Statement&)>;

class Copier {
 public:
  Copier(Placement placement, const Wanted& wanted) : wanted_(wanted) {
    result_.placement = std::move(placement);
  }

  Unshared run(const std::vector<std::string>& operations) {
    for (auto& [name, operation] : result_.placement.operations)
      if (operations.empty() ||
          std::find(operations.begin(), operations.end(), name) != operations.end())
        copy_called(operation.body, {name, {}});
    return std::move(result_);
  }

 private:
  // Whether the body or a routine that it calls has a statement that is wanted.
  bool leads_there(const Body& body) {
    bool found = false;
    for_each_body(body, [&](const Body& inner) {
      for (const Statement& statement : inner) {
        const auto* call = std::get_if<Call>(&statement.what);
        found = found || wanted_(statement) || (call && leads_there(call->routine));
      }
    });
    return found;
  }
  bool leads_there(const std::string& routine) {
    if (const auto known = known_.find(routine); known != known_.end()) return known->second;
    const bool found = leads_there(result_.placement.routines.at(routine).body);
    known_[routine] = found;
    return found;
  }

  void copy_called(Body& body, const Unshared::Origin& origin) {
    for_each_body(body, [&](Body& inner) {
      for (Statement& statement : inner) {
        auto* call = std::get_if<Call>(&statement.what);
        if (!call || !leads_there(call->routine)) continue;
        Unshared::Origin there = origin;
        if (!statement.at.empty()) there.chain.push_back(statement.at);
        Routine copy = result_.placement.routines.at(call->routine);
        copy_called(copy.body, there);
        call->routine = fmt::format("{} #{}", call->routine, result_.copies.size() + 1);
        result_.copies.emplace(call->routine, std::move(there));
        result_.placement.routines.emplace(call->routine, std::move(copy));
      }
    });
  }

  const Wanted& wanted_;
  std::map<std::string, bool> known_;  // by routine: leads_there()
  Unshared result_;
};

}  // namespace

Unshared unshared(Placement placement, const std::vector<std::string>& operations,
                  const std::function<bool(const Statement&)>& wanted) {
  return Copier(std::move(placement), wanted).run(operations);
}

}  // namespace tlbmc
