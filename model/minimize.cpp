#include "model/minimize.h"

#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "model/bisimulation.h"
#include "model/liveness.h"

namespace tlbmc {

namespace {

// One location for each class; one step of each kind.
class Classes {
 public:
  Classes(System& system, const std::vector<int>& apart) : system_(system) {
    std::map<EffectKey, int> effects;
    std::vector<LabelledStep> steps;
    for (const Transition& step : system.thread) {
      effect_.push_back(
          effects.try_emplace(effect_key(step), static_cast<int>(effects.size())).first->second);
      if (step.from >= 0) steps.push_back({step.from, effect_.back(), {step.to}});
    }
    class_ = bisimulation(steps, apart);
  }

  void build(Minimized& result) {
    std::map<int, int> representative;  // by class: its first location
    for (std::size_t location = 0; location < class_.size(); ++location)
      result.place.push_back(
          representative.try_emplace(class_[location], static_cast<int>(location)).first->second);
    std::map<std::tuple<int, int, int>, std::size_t> known;
    std::vector<Transition> kept;
    for (std::size_t i = 0; i < system_.thread.size(); ++i) {
      Transition& step = system_.thread[i];
      if (step.from >= 0) {
        step.from = result.place[static_cast<std::size_t>(step.from)];
        step.to = result.place[static_cast<std::size_t>(step.to)];
      }
      const auto [entry, fresh] = known.try_emplace({step.from, effect_[i], step.to}, kept.size());
      if (fresh) {
        kept.push_back(std::move(step));
        result.stands_for.emplace_back();
      }
      result.stands_for[entry->second].push_back(static_cast<int>(i));
    }
    system_.thread = std::move(kept);
  }

 private:
  System& system_;
  std::vector<int> effect_;  // by step: equal numbers for equal effects
  std::vector<int> class_;   // by location
};

}  // namespace

Minimized merge_bisimilar(System system, const std::vector<int>& apart) {
  Minimized result{std::move(system), {}, {}};
  Classes(result.system, apart).build(result);
  return result;
}

Minimized minimize(const System& system) {
  System forgetful = system;
  forget_dead_locals(forgetful, live_locals(forgetful));
  std::vector<int> idle(static_cast<std::size_t>(system.locations), 1);
  idle[0] = 0;
  return merge_bisimilar(std::move(forgetful), idle);
}

}  // namespace tlbmc
