#include "tools/extract/omissions.h"

#include <fmt/format.h>

#include <deque>

namespace tlbmc::extract {

namespace {

class Collector {
 public:
  Collector(const CallGraph& calls, const Meaning& meaning) : calls_(calls), meaning_(meaning) {}

  std::set<Assumption> run(const std::set<const Function*>& functions) {
    for (const Function* f : functions) add(f);
    while (!work_.empty()) {
      const Function* f = work_.front();
      work_.pop_front();
      for (const Node& node : f->nodes)
        if (node.call && (!node.event || is_followed(node))) visit(*f, node);
    }
    return std::move(found_);
  }

 private:
  void add(const Function* f) {
    if (seen_.insert(f).second) work_.push_back(f);
  }

  void visit(const Function& f, const Node& node) {
    const std::string& name = node.call->callee;
    if (name.empty()) {
      found_.insert({"indirect calls that are not followed",
                     fmt::format("{} ({})", to_text(f, node.call->target), node.at)});
      return;
    }
    if (const auto cut = meaning_.cuts.find(name); cut != meaning_.cuts.end()) {
      found_.insert({"calls that are cut", fmt::format("{}: {}", name, cut->second)});
      return;
    }
    if (const Function* callee = calls_.callee(f, name))
      add(callee);
    else if (!name.starts_with("__builtin_"))
      found_.insert({"functions without a body here, taken to do nothing that matters", name});
  }

  const CallGraph& calls_;
  const Meaning& meaning_;
  std::set<const Function*> seen_;
  std::deque<const Function*> work_;
  std::set<Assumption> found_;
};

}  // namespace

std::set<Assumption> omissions(const CallGraph& calls, const Meaning& meaning,
                               const std::set<const Function*>& functions) {
  return Collector(calls, meaning).run(functions);
}

}  // namespace tlbmc::extract
