#include "model/bisimulation.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace tlbmc {

namespace {

class Partition {
 public:
  Partition(const std::vector<LabelledStep>& steps, const std::vector<int>& apart)
      : steps_(steps), class_(apart.size()), out_(apart.size()), before_(apart.size()) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      out_[at(steps[i].from)].push_back(i);
      for (const int target : steps[i].to) before_[at(target)].push_back(steps[i].from);
    }
    std::map<int, int> numbers;
    for (std::size_t node = 0; node < apart.size(); ++node)
      put(node, numbers.try_emplace(apart[node], static_cast<int>(numbers.size())).first->second);
  }

  std::vector<int> run() {
    std::set<int> changed;
    for (std::size_t node = 0; node < class_.size(); ++node) changed.insert(static_cast<int>(node));
    while (!changed.empty()) changed = split(changed);
    return numbered();
  }

 private:
  using Signature = std::vector<std::vector<int>>;  // of each step: label, classes of its targets
  static std::size_t at(int number) { return static_cast<std::size_t>(number); }

  void put(std::size_t node, int number) {
    class_[node] = number;
    if (members_.size() <= at(number)) members_.resize(at(number) + 1);
    members_[at(number)].insert(static_cast<int>(node));
  }

  [[nodiscard]] Signature signature(int node) const {
    Signature result;
    for (const std::size_t i : out_[at(node)]) {
      result.push_back({steps_[i].label});
      for (const int target : steps_[i].to) result.back().push_back(class_[at(target)]);
    }
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
  }

  using Parts = std::map<Signature, std::vector<int>>;

  // The part that keeps the class's number: nodes that were not looked at do what they did, as one
  // of the parts or as a part of their own (none is returned); else it is the largest.
  [[nodiscard]] const std::vector<int>* that_stays(int number, const Parts& parts,
                                                   const std::set<int>& changed) const {
    const auto& members = members_[at(number)];
    const auto rest = std::find_if(members.begin(), members.end(),
                                   [&](int node) { return !changed.contains(node); });
    if (rest != members.end()) {
      const auto same = parts.find(signature(*rest));
      return same != parts.end() ? &same->second : nullptr;
    }
    return &std::max_element(parts.begin(), parts.end(), [](const auto& a, const auto& b) {
              return a.second.size() < b.second.size();
            })->second;
  }

  // Looks at these nodes again. Returns those with a step into a class that was split.
  std::set<int> split(const std::set<int>& changed) {
    std::map<int, Parts> parts;  // by class
    for (const int node : changed) parts[class_[at(node)]][signature(node)].push_back(node);
    std::vector<std::pair<int, int>> moves;  // to new classes, all at once
    auto fresh = static_cast<int>(members_.size());
    for (const auto& [number, of_class] : parts) {
      const auto* stays = that_stays(number, of_class, changed);
      for (const auto& [what, nodes] : of_class) {
        if (&nodes == stays) continue;
        for (const int node : nodes) moves.emplace_back(node, fresh);
        ++fresh;
      }
    }
    std::set<int> next;
    for (const auto& [node, number] : moves) {
      members_[at(class_[at(node)])].erase(node);
      put(at(node), number);
      next.insert(before_[at(node)].begin(), before_[at(node)].end());
    }
    return next;
  }

  [[nodiscard]] std::vector<int> numbered() const {
    std::map<int, int> numbers;
    std::vector<int> result;
    for (const int number : class_)
      result.push_back(numbers.try_emplace(number, static_cast<int>(numbers.size())).first->second);
    return result;
  }

  const std::vector<LabelledStep>& steps_;
  std::vector<int> class_;                     // by node
  std::vector<std::vector<std::size_t>> out_;  // by node: steps
  std::vector<std::vector<int>> before_;       // by node: nodes with a step to it
  std::vector<std::set<int>> members_;         // by class
};

}  // namespace

std::vector<int> bisimulation(const std::vector<LabelledStep>& steps,
                              const std::vector<int>& apart) {
  return Partition(steps, apart).run();
}

}  // namespace tlbmc
