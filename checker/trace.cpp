#include "checker/trace.h"

#include <fmt/format.h>

#include "checker/address_replay.h"
#include "checker/detail.h"
#include "checker/duty.h"
#include "checker/run_reader.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

// "A:RO" is page A, read-only; "A':RO" the same, mapped with another size. Tables have no
// permission.
std::string pte_name(Pte pte, Level level) {
  constexpr std::array<std::string_view, kPteValues> names{"none", "swap", "A:RO",  "A:RW",
                                                           "B:RO", "B:RW", "A':RO", "A':RW"};
  const auto name = names.at(static_cast<std::size_t>(pte));
  return std::string(level == Level::table ? name.substr(0, name.find(':')) : name);
}

std::string queue_text(const State& state, Level level) {
  std::vector<std::string> queued;
  for (const ThreadState& thread : state.threads)
    for (int i = 0; i < thread.queued; ++i)
      queued.push_back(pte_name(thread.queue.at(static_cast<std::size_t>(i)).value, level));
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
  Writer(const Case& question, int page_class) : case_(question), page_class_(page_class) {}

  [[nodiscard]] std::vector<std::string> columns() const {
    std::vector<std::string> names{case_.level() == Level::table ? "PMD" : "PTE", "queued"};
    for (std::size_t i = 0; i < kObservers; ++i)
      if (case_.machine.observers.at(i)) names.push_back(case_.observer_name(i));
    names.emplace_back("PTL");
    return names;
  }

  [[nodiscard]] std::vector<std::string> cells(const State& state) const {
    std::vector<std::string> result{pte_name(state.pte, case_.level()),
                                    queue_text(state, case_.level())};
    for (std::size_t i = 0; i < kObservers; ++i)
      if (case_.machine.observers.at(i)) result.push_back(cell(state, i));
    result.push_back(ptl_holder(state));
    return result;
  }

  [[nodiscard]] TraceLine line(const ReplayedStep& replayed, const State& before,
                               bool is_last) const {
    const Step& step = replayed.step;
    TraceLine line;
    line.cells = cells(replayed.after);
    const bool changes = line.cells != cells(before);
    const auto observer = case_.observer_name(static_cast<std::size_t>(step.observer));
    const bool table = case_.level() == Level::table;
    switch (step.kind) {
      case Step::Kind::edge: fill_edge(line, step, changes, is_last); break;
      case Step::Kind::drain:
        line.actor = thread_name(case_, step.thread, -1);
        line.action = fmt::format("queued {} store becomes visible", table ? "PMD" : "PTE");
        break;
      case Step::Kind::fill:
        line.actor = observer;
        line.action = "fill";
        break;
      case Step::Kind::apply_tlbi:
      case Step::Kind::apply_command:
      case Step::Kind::apply_ipi:
        line.actor = observer;
        line.action = fmt::format("entry invalidated (T{}'s {})", step.thread + 1,
                                  step.kind == Step::Kind::apply_tlbi      ? "tlbi"
                                  : step.kind == Step::Kind::apply_command ? "command"
                                                                           : "IPI flush");
        line.quiet = !changes;
        break;
      case Step::Kind::free_frame:
        line.actor = "page allocator";
        line.action = table ? "table A is free" : "page A is free";
        break;
      case Step::Kind::unmap_elsewhere:
        line.actor = "environment";
        line.action = table ? "table A's other use goes" : "page A's other mapping goes";
        break;
    }
    return line;
  }

  // A write faults on the entry.
  [[nodiscard]] TraceLine fault(const State& state) const {
    TraceLine line;
    std::vector<std::string> holders;
    for (std::size_t i = 0; i < kObservers; ++i)
      if (state.held.at(i) && !case_.machine.re_walks.at(i))
        holders.push_back(case_.observer_name(i));
    line.actor = fmt::format("{}", fmt::join(holders, ", "));
    line.action = fmt::format("a write faults on {}", entry_name(case_, state.entry_writable));
    line.cells = cells(state);
    return line;
  }

  // Of a loop only the fault and the handler's return are worth a line, and what changes.
  static void keep_return(Trace& trace) {
    const auto begin = trace.lines.begin() + static_cast<std::ptrdiff_t>(*trace.loop);
    for (auto line = begin + 1; line + 1 != trace.lines.end(); ++line)
      line->quiet = line->quiet || line->cells.front() == begin->cells.front();
  }

 private:
  // An access that outlives its entry is in brackets.
  [[nodiscard]] std::string cell(const State& state, std::size_t observer) const {
    const std::string entry = entry_name(case_, state.entry_writable);
    if (state.held.at(observer)) return entry;
    const bool cpu = static_cast<Observer>(observer) == Observer::cpu_tlb;
    return cpu && state.running ? fmt::format("({})", entry) : "-";
  }

  void fill_edge(TraceLine& line, const Step& step, bool changes, bool is_last) const {
    const Edge& edge = case_.program.edges[static_cast<std::size_t>(step.edge)];
    line.actor = thread_name(case_, step.thread, step.edge);
    line.action = describe(edge);
    line.chain = edge.chain;
    if (const auto* page = std::get_if<PageAction>(&edge.action))
      if (page->op == PageOp::alloc || page->op == PageOp::find)
        line.action += fmt::format(": {} {}", case_.level() == Level::table ? "table" : "page",
                                   step.finds_tracked ? "A" : "B");
    const auto* remark = std::get_if<Remark>(&edge.action);
    const auto* notify = std::get_if<NotifyAction>(&edge.action);
    const bool label = remark && !edge.label.empty();
    const bool silent = (remark && !label && edge.ranges.empty()) ||
                        (notify && notify->kind != NotifyKind::secondary &&
                         notify->kind != NotifyKind::release && !is_last) ||
                        std::holds_alternative<PteAssume>(edge.action) ||
                        std::holds_alternative<BeginAction>(edge.action) ||
                        std::holds_alternative<PteRead>(edge.action);
    line.quiet = silent && !changes;
    if (!edge.ranges.empty())
      line.action += fmt::format(" {}", range_text(case_.program, edge, page_class_));
    if (std::holds_alternative<BeginAction>(edge.action) && edge.range_case >= 0)
      fill_addresses(line, edge);
  }

  void fill_addresses(TraceLine& line, const Edge& edge) const {
    for (const auto& [name, value] : witness_of(case_.program, edge, page_class_))
      line.addresses.emplace_back(name, fmt::format("{:#x}", value));
    std::vector<std::string> words;
    for (const auto& [name, value] : line.addresses)
      words.push_back(fmt::format("{}={}", name, value));
    line.action += fmt::format(" with {}", fmt::join(words, ", "));
    line.quiet = false;
  }

  const Case& case_;
  int page_class_;
};

}  // namespace

Trace make_run(const Case& question, const Replay& replayed) {
  if (question.detail) {
    const DetailedRun whole = in_detail(question, replayed);
    return make_run(whole.question, whole.run);
  }
  const Writer writer(question, replayed.page_class);
  Trace trace;
  trace.placement = question.placement.name;
  trace.machine = question.machine.name;
  trace.entry = entry_name(question, replayed.initial.entry_writable);
  trace.columns = writer.columns();
  trace.initial = writer.cells(replayed.initial);
  const State* before = &replayed.initial;
  const auto add = [&](const std::vector<ReplayedStep>& steps) {
    for (const ReplayedStep& step : steps) {
      trace.lines.push_back(writer.line(step, *before, &step == &replayed.steps.back()));
      before = &step.after;
    }
  };
  add(replayed.steps);
  add(replayed.settling);
  if (replayed.loop.empty()) return trace;
  trace.loop = trace.lines.size();
  trace.lines.push_back(writer.fault(*before));
  add(replayed.loop);
  Writer::keep_return(trace);
  return trace;
}

Trace make_trace(const Case& question, const Replay& replayed, int property) {
  if (question.detail) {
    const DetailedRun whole = in_detail(question, replayed);
    return make_trace(whole.question, whole.run, property);
  }
  Trace trace = make_run(question, replayed);
  trace.property = catalogue().at(static_cast<std::size_t>(property)).name;
  trace.missed = missed_duty(question, replayed, property);
  return trace;
}

Json to_json(const Trace& trace) {
  Json lines = Json::array();
  for (const TraceLine& line : trace.lines) {
    lines.push_back({{"actor", line.actor},
                     {"action", line.action},
                     {"at", line.chain},
                     {"state", line.cells},
                     {"quiet", line.quiet}});
    for (const auto& [name, value] : line.addresses) lines.back()["addresses"][name] = value;
  }
  Json json{{"placement", trace.placement},
            {"machine", trace.machine},
            {"property", trace.property},
            {"entry", trace.entry},
            {"columns", trace.columns},
            {"initial", trace.initial},
            {"steps", lines}};
  if (trace.loop) json["loop"] = {{"from", *trace.loop}};
  json["missed"] = trace.missed;
  return json;
}

Trace trace_from_json(const JsonNode& node) {
  node.object({"placement", "machine", "property", "entry", "columns", "initial", "steps", "loop",
               "missed"});
  Trace trace;
  trace.placement = node.at("placement").string();
  trace.machine = node.at("machine").string();
  trace.property = node.at("property").string();
  trace.entry = node.at("entry").string();
  trace.columns = node.at("columns").strings();
  trace.initial = node.at("initial").strings();
  const auto check_cells = [&](const JsonNode& cells) {
    if (cells.elements().size() != trace.columns.size())
      cells.fail(
          fmt::format("expected one string for each of the {} columns", trace.columns.size()));
  };
  check_cells(node.at("initial"));
  for (const auto& step : node.at("steps").elements()) {
    step.object({"actor", "action", "at", "state", "quiet", "addresses"});
    check_cells(step.at("state"));
    trace.lines.push_back({step.at("actor").string(),
                           step.at("action").string(),
                           step.at("at").strings(),
                           step.at("state").strings(),
                           step.at("quiet").boolean(),
                           {}});
    if (const auto addresses = step.get("addresses"))
      for (const auto& [name, value] : addresses->members())
        trace.lines.back().addresses.emplace_back(name, value.string());
  }
  if (const auto loop = node.get("loop")) {
    const JsonNode from = loop->object({"from"}).at("from");
    trace.loop = from.number();
    if (*trace.loop >= trace.lines.size())
      from.fail(fmt::format("expected the index of a step, below {}", trace.lines.size()));
  }
  trace.missed = node.at("missed").string();
  return trace;
}

}  // namespace tlbmc
