#include "checker/detail.h"

#include <map>
#include <stdexcept>

namespace tlbmc {

namespace {

class Follower {
 public:
  explicit Follower(const CaseDetail& detail) : detail_(detail) {}

  // Each thread takes an edge that stands where it is; there is one, as the nodes do the same.
  void follow(std::vector<ReplayedStep>& steps) {
    for (ReplayedStep& replayed : steps) {
      Step& step = replayed.step;
      if (step.kind == Step::Kind::edge) {
        step.edge = edge_from(node_[step.thread], step.edge);
        node_[step.thread] = detail_.program.edges[static_cast<std::size_t>(step.edge)].to;
      }
      for (const auto& [thread, node] : node_)
        replayed.after.threads.at(static_cast<std::size_t>(thread)).node = node;
    }
  }

 private:
  [[nodiscard]] int edge_from(int node, int edge) const {
    for (const int candidate : detail_.stands_for.at(static_cast<std::size_t>(edge)))
      if (detail_.program.edges[static_cast<std::size_t>(candidate)].from == node) return candidate;
    throw std::logic_error("no edge of the program corresponds to a step of the run");
  }

  const CaseDetail& detail_;
  std::map<int, int> node_;  // by thread; the idle one at first
};

}  // namespace

DetailedRun in_detail(const Case& question, const Replay& run) {
  DetailedRun result{{question.placement,
                      question.machine,
                      question.properties,
                      question.detail ? question.detail->program : question.program,
                      {},
                      {},
                      {},
                      {},
                      nullptr},
                     run};
  if (!question.detail) return result;
  Follower follower(*question.detail);
  follower.follow(result.run.steps);
  follower.follow(result.run.settling);
  follower.follow(result.run.loop);
  return result;
}

}  // namespace tlbmc
