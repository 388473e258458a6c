#include "checker/explicit_search.h"

#include <algorithm>
#include <deque>
#include <string>
#include <unordered_set>

#include "properties/property.h"

namespace tlbmc::test {

namespace {

template <typename T>
void append(std::string& bytes, T value) {
  bytes.push_back(static_cast<char>(value));
}

void append_flags(std::string& bytes, std::initializer_list<bool> flags) {
  unsigned packed = 0;
  for (const bool flag : flags) packed = 2 * packed + (flag ? 1U : 0U);
  append(bytes, packed & 0xff);
  append(bytes, packed >> 8);
}

// Every field of the state, so that equal strings mean equal states.
std::string serialise(const State& s) {
  std::string bytes;
  append(bytes, s.pte);
  append_flags(bytes, {s.entry_writable, s.elsewhere, s.mapped, s.frame_live, s.held[0], s.held[1],
                       s.held[2], s.stopped[0], s.stopped[1], s.running});
  for (const ThreadState& t : s.threads) {
    append(bytes, t.node & 0xff);
    append(bytes, t.node >> 8);
    append(bytes, t.queued);
    for (const QueuedStore& q : t.queue) {
      append(bytes, q.value);
      append(bytes, q.released);
      append_flags(bytes, {q.replaces, q.ordered});
    }
    append(bytes, t.seen);
    append(bytes, t.cleared);
    for (const int waits : t.command_waits) append(bytes, waits);
    append(bytes, t.completion);
    append(bytes, t.atomic);
    append(bytes, t.holds_exclusive);
    append(bytes, t.holds_shared);
    append_flags(bytes, {t.new_page_tracked, t.reference_mapping, t.reference_own, t.owes,
                         t.ungranted, t.tlbi[0], t.tlbi[1], t.tlbi[2]});
    append_flags(bytes, {t.command[0], t.command[1], t.command[2], t.ipi, t.ends_running,
                         t.gathering, t.gathered, t.batched});
  }
  return bytes;
}

class Search {
 public:
  Search(const Interpreter& interpreter, std::size_t max_states, const std::vector<int>& properties)
      : interpreter_(interpreter), max_states_(max_states), properties_(properties) {
    result_.violated.assign(catalogue().size(), false);
  }

  ExplicitResult run(int threads) {
    for (int pte = 0; pte < kPteValues; ++pte)
      for (const bool writable : {false, true})
        for (const bool elsewhere : {false, true})
          if (interpreter_.program().starts_with(writable, static_cast<Pte>(pte)))
            add(Interpreter::initial(threads, writable, static_cast<Pte>(pte), elsewhere));
    while (!queue_.empty() && known_.size() < max_states_ && !all_violated()) {
      const State state = std::move(queue_.front());
      queue_.pop_front();
      look(interpreter_.observe(state));
      for (const Step& step : interpreter_.enabled_steps(state)) {
        look(interpreter_.observe(state, step));
        State next = state;
        interpreter_.apply(next, step);
        add(std::move(next));
      }
    }
    result_.exhaustive = queue_.empty();
    result_.states = known_.size();
    return std::move(result_);
  }

 private:
  void add(State state) {
    std::sort(state.threads.begin(), state.threads.end());
    if (known_.insert(serialise(state)).second) queue_.push_back(std::move(state));
  }

  [[nodiscard]] bool all_violated() const {
    return std::all_of(properties_.begin(), properties_.end(), [&](int property) {
      return result_.violated[static_cast<std::size_t>(property)];
    });
  }

  void look(const Observation& seen) {
    for (const int property : properties_) {
      const auto i = static_cast<std::size_t>(property);
      if (catalogue()[i].violated_by(seen)) result_.violated[i] = true;
    }
  }

  const Interpreter& interpreter_;
  std::size_t max_states_;
  const std::vector<int>& properties_;
  std::unordered_set<std::string> known_;
  std::deque<State> queue_;
  ExplicitResult result_;
};

}  // namespace

ExplicitResult explicit_search(const Interpreter& interpreter, int threads, std::size_t max_states,
                               const std::vector<int>& properties) {
  return Search(interpreter, max_states, properties).run(threads);
}

}  // namespace tlbmc::test
