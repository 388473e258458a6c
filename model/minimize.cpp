#include "model/minimize.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "model/liveness.h"

namespace tlbmc {

namespace {

class Partition {
 public:
  explicit Partition(System& system) : system_(system) {
    class_.assign(static_cast<std::size_t>(system.locations), 1);
    class_[0] = 0;
    std::map<EffectKey, int> effects;
    for (const Transition& step : system.thread)
      effect_.push_back(
          effects.try_emplace(effect_key(step), static_cast<int>(effects.size())).first->second);
  }

  void run(Minimized& result) {
    std::size_t before = 0;
    int rounds = 0;
    do {
      before = count_;
      refine();
    } while (count_ != before && ++rounds < kMostRounds);
    if (count_ != before) keep_apart();
    rebuild(result);
  }

 private:
  using Step = std::pair<int, int>;  // effect, class of the target
  static constexpr int kMostRounds = 300;

  // Each location a class of its own: right too, and without a fixpoint.
  void keep_apart() {
    count_ = class_.size();
    std::iota(class_.begin(), class_.end(), 0);
  }

  void refine() {
    std::vector<std::set<Step>> steps(class_.size());
    for (std::size_t i = 0; i < system_.thread.size(); ++i) {
      const Transition& step = system_.thread[i];
      if (step.from >= 0)
        steps[static_cast<std::size_t>(step.from)].insert(
            {effect_[i], class_[static_cast<std::size_t>(step.to)]});
    }
    std::map<std::pair<int, std::set<Step>>, int> classes;
    std::vector<int> refined;
    for (std::size_t location = 0; location < class_.size(); ++location)
      refined.push_back(
          classes.try_emplace({class_[location], steps[location]}, static_cast<int>(classes.size()))
              .first->second);
    class_ = std::move(refined);
    count_ = classes.size();
  }

  // One location for each class, the idle one still 0; one step of each kind.
  void rebuild(Minimized& result) {
    std::vector<int> representative(count_, -1);
    for (std::size_t location = 0; location < class_.size(); ++location) {
      int& known = representative[static_cast<std::size_t>(class_[location])];
      if (known < 0) known = static_cast<int>(location);
    }
    const auto represent = [&](int location) {
      return representative[static_cast<std::size_t>(class_[static_cast<std::size_t>(location)])];
    };
    for (std::size_t location = 0; location < class_.size(); ++location)
      result.place.push_back(represent(static_cast<int>(location)));
    std::map<std::tuple<int, int, int>, std::size_t> known;
    std::vector<Transition> kept;
    for (std::size_t i = 0; i < system_.thread.size(); ++i) {
      Transition& step = system_.thread[i];
      if (step.from >= 0) {
        step.from = represent(step.from);
        step.to = represent(step.to);
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

  System& system_;
  std::vector<int> effect_;  // by step: equal numbers for equal effects
  std::vector<int> class_;   // by location
  std::size_t count_ = 0;
};

}  // namespace

Minimized minimize(const System& system) {
  Minimized result{system, {}, {}};
  forget_dead_locals(result.system, live_locals(result.system));
  Partition(result.system).run(result);
  return result;
}

}  // namespace tlbmc
