#include "checker/trace.h"

#include <fmt/format.h>

#include "checker/duty.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

std::string pte_name(Pte pte) {
  constexpr std::array<std::string_view, kPteValues> names{"none", "swap", "A:RO",
                                                           "A:RW", "B:RO", "B:RW"};
  return std::string(names.at(static_cast<std::size_t>(pte)));
}

std::string queue_text(const State& state) {
  std::vector<std::string> queued;
  for (const ThreadState& thread : state.threads)
    for (int i = 0; i < thread.queued; ++i)
      queued.push_back(pte_name(thread.queue.at(static_cast<std::size_t>(i)).value));
  return queued.empty() ? "-" : fmt::format("{}", fmt::join(queued, ","));
}

std::string ptl_holder(const State& state) {
  for (std::size_t t = 0; t < state.threads.size(); ++t)
    if ((state.threads[t].holds_exclusive & (1U << static_cast<unsigned>(Lock::ptl))) != 0)
      return fmt::format("T{}", t + 1);
  return "-";
}

class Writer {
 public:
  explicit Writer(const Case& question) : case_(question) {}

  [[nodiscard]] std::vector<std::string> columns() const {
    std::vector<std::string> names{"PTE", "queued"};
    for (std::size_t i = 0; i < kObservers; ++i)
      if (case_.machine.observers.at(i)) names.emplace_back(kObserverNames.at(i));
    names.emplace_back("PTL");
    return names;
  }

  [[nodiscard]] std::vector<std::string> cells(const State& state) const {
    std::vector<std::string> result{pte_name(state.pte), queue_text(state)};
    for (std::size_t i = 0; i < kObservers; ++i)
      if (case_.machine.observers.at(i))
        result.push_back(state.held.at(i) ? entry_name(state.entry_writable) : "-");
    result.push_back(ptl_holder(state));
    return result;
  }

  [[nodiscard]] TraceLine line(const ReplayedStep& replayed, const State& before) const {
    const Step& step = replayed.step;
    TraceLine line;
    line.cells = cells(replayed.after);
    const bool changes = line.cells != cells(before);
    const auto observer = std::string(kObserverNames.at(static_cast<std::size_t>(step.observer)));
    switch (step.kind) {
      case Step::Kind::edge: fill_edge(line, step, changes); break;
      case Step::Kind::drain:
        line.actor = thread_name(case_, step.thread, -1);
        line.action = "queued PTE store becomes visible";
        break;
      case Step::Kind::fill:
        line.actor = observer;
        line.action = "fill";
        break;
      case Step::Kind::apply_tlbi:
      case Step::Kind::apply_command:
        line.actor = observer;
        line.action = fmt::format("entry invalidated (T{}'s {})", step.thread + 1,
                                  step.kind == Step::Kind::apply_tlbi ? "tlbi" : "command");
        line.quiet = !changes;
        break;
      case Step::Kind::free_frame:
        line.actor = "page allocator";
        line.action = "page A is free";
        break;
      case Step::Kind::unmap_elsewhere:
        line.actor = "environment";
        line.action = "page A's other mapping goes";
        break;
    }
    return line;
  }

 private:
  void fill_edge(TraceLine& line, const Step& step, bool changes) const {
    const Edge& edge = case_.program.edges[static_cast<std::size_t>(step.edge)];
    line.actor = thread_name(case_, step.thread, step.edge);
    line.action = describe(edge.action);
    line.chain = edge.chain;
    if (const auto* page = std::get_if<PageAction>(&edge.action))
      if (page->op == PageOp::alloc || page->op == PageOp::find)
        line.action += step.finds_tracked ? ": page A" : ": page B";
    const auto* remark = std::get_if<Remark>(&edge.action);
    const bool label = remark && !edge.label.empty();
    const bool silent = (remark && !label && remark->text != "notify secondary") ||
                        std::holds_alternative<PteAssume>(edge.action) ||
                        std::holds_alternative<BeginAction>(edge.action) ||
                        std::holds_alternative<PteRead>(edge.action);
    line.quiet = silent && !changes;
  }

  const Case& case_;
};

std::vector<std::string> strings(const JsonNode& node) {
  std::vector<std::string> result;
  for (const auto& element : node.elements()) result.push_back(element.string());
  return result;
}

}  // namespace

Trace make_run(const Case& question, const Replay& replayed) {
  const Writer writer(question);
  Trace trace;
  trace.placement = question.placement.name;
  trace.machine = question.machine.name;
  trace.entry = entry_name(replayed.initial.entry_writable);
  trace.columns = writer.columns();
  trace.initial = writer.cells(replayed.initial);
  const State* before = &replayed.initial;
  for (const ReplayedStep& step : replayed.steps) {
    trace.lines.push_back(writer.line(step, *before));
    before = &step.after;
  }
  return trace;
}

Trace make_trace(const Case& question, const Replay& replayed, int property) {
  Trace trace = make_run(question, replayed);
  trace.property = catalogue().at(static_cast<std::size_t>(property)).name;
  trace.missed = missed_duty(question, replayed, property);
  return trace;
}

Json to_json(const Trace& trace) {
  Json lines = Json::array();
  for (const TraceLine& line : trace.lines)
    lines.push_back({{"actor", line.actor},
                     {"action", line.action},
                     {"at", line.chain},
                     {"state", line.cells},
                     {"quiet", line.quiet}});
  return {{"placement", trace.placement},
          {"machine", trace.machine},
          {"property", trace.property},
          {"entry", trace.entry},
          {"columns", trace.columns},
          {"initial", trace.initial},
          {"steps", lines},
          {"missed", trace.missed}};
}

Trace trace_from_json(const JsonNode& node) {
  node.object(
      {"placement", "machine", "property", "entry", "columns", "initial", "steps", "missed"});
  Trace trace;
  trace.placement = node.at("placement").string();
  trace.machine = node.at("machine").string();
  trace.property = node.at("property").string();
  trace.entry = node.at("entry").string();
  trace.columns = strings(node.at("columns"));
  trace.initial = strings(node.at("initial"));
  const auto check_cells = [&](const JsonNode& cells) {
    if (cells.elements().size() != trace.columns.size())
      cells.fail(
          fmt::format("expected one string for each of the {} columns", trace.columns.size()));
  };
  check_cells(node.at("initial"));
  for (const auto& step : node.at("steps").elements()) {
    step.object({"actor", "action", "at", "state", "quiet"});
    check_cells(step.at("state"));
    trace.lines.push_back({step.at("actor").string(), step.at("action").string(),
                           strings(step.at("at")), strings(step.at("state")),
                           step.at("quiet").boolean()});
  }
  trace.missed = node.at("missed").string();
  return trace;
}

}  // namespace tlbmc
