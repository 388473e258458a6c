#include "model/expander.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "model/ordering.h"
#include "model/statement_tree.h"

namespace tlbmc {

namespace {

const Driver* find_driver(const Placement& placement, const Machine& machine) {
  if (placement.driver.empty()) return nullptr;
  const auto found = machine.drivers.find(placement.driver);
  if (found != machine.drivers.end()) return &found->second;
  std::vector<std::string> names;
  for (const auto& [name, unused] : machine.drivers) names.push_back(name);
  throw InputError(
      Diagnostic{machine.file, "/drivers",
                 fmt::format("no driver \"{}\", which placement {} names{}, expected one of: {}",
                             placement.driver, placement.name, suggestion(placement.driver, names),
                             fmt::join(names, ", "))});
}

bool value_of(const BoolArgument& argument, const std::map<std::string, bool>& parameters,
              const std::string& file, const std::string& path) {
  if (argument.parameter.empty()) return argument.value;
  const auto found = parameters.find(argument.parameter);
  if (found == parameters.end())
    throw InputError(Diagnostic{
        file, path,
        fmt::format("\"{}\" is an address here, expected true or false", argument.parameter)});
  return found->second;
}

// The names that a body gives values to, at any depth.
void collect_assigned(const Body& body, std::set<std::string>& names) {
  for (const Statement& statement : body) {
    if (const auto* let = std::get_if<Let>(&statement.what))
      for (const auto& [name, value] : let->values) names.insert(name);
    for (const Body* inner : inner_bodies(statement)) collect_assigned(*inner, names);
  }
}

}  // namespace

Expander::Expander(const Placement& placement, const Machine& machine, Level level)
    : placement_(placement), machine_(machine), driver_(find_driver(placement, machine)) {
  expansion_.program.level = level;
  expansion_.program.architecture = machine.architecture;
}

Expansion Expander::take() { return std::move(expansion_); }

void Expander::add_case(const std::string& name, const Routine& routine,
                        const RangeCase& range_case) {
  Program& program = expansion_.program;
  const std::size_t first = program.edges.size();
  range_case_ = static_cast<int>(program.range_cases.size());
  program.range_cases.push_back(range_case);
  program.page_classes = static_cast<int>(range_case.witnesses.size());
  bool emitted = false;
  for (std::size_t page_class = 0; page_class < range_case.witnesses.size(); ++page_class) {
    const auto& witness = range_case.witnesses[page_class];
    if (!witness) continue;
    Expander scratch(placement_, machine_, level());
    scratch.add_operation(name, routine, &*witness);
    if (!emitted) {
      add_operation(name, routine, &*witness);
      for (std::size_t i = first; i < program.edges.size(); ++i)
        if (auto& ranges = program.edges[i].ranges; !ranges.empty())
          ranges.assign(range_case.witnesses.size(), nullptr);
    }
    emitted = true;
    const auto& edges = scratch.expansion_.program.edges;
    if (first + edges.size() != program.edges.size())
      throw std::logic_error(fmt::format("{} is not the same at all witnesses", name));
    for (std::size_t i = 0; i < edges.size(); ++i) {
      auto& ranges = program.edges[first + i].ranges;
      if (edges[i].ranges.empty() != ranges.empty())
        throw std::logic_error(fmt::format("{} is not the same at all witnesses", name));
      if (!ranges.empty()) ranges[page_class] = edges[i].ranges.front();
    }
  }
  program.range_cases.back().operation = operation_;
  range_case_ = -1;
}

void Expander::add_operation(const std::string& name, const Routine& routine, const Valuation* at) {
  Program& program = expansion_.program;
  const bool begun = !program.operations.empty() && program.operations.back().name == name;
  if (!begun) {
    const AddressParameters parameters = address_parameters(routine);
    program.operations.push_back({name, routine.about, routine.at, routine.handles_fault,
                                  parameters.names, parameters.where});
  }
  kthread_ = routine.kthread;
  operation_ = static_cast<int>(program.operations.size()) - 1;
  valuation_ = at;
  decisions_.clear();
  decided_.clear();
  const int entry = new_node();
  const int exit = new_node();
  Frame frame{&routine,
              routine.file,
              {},
              exit,
              routine.entry_level.value_or(EntryLevel::pte),
              initial_scope(routine),
              {}};
  const Statement whole{Return{}, routine.at, routine.path};
  chain_.clear();
  add_edge(0, entry, BeginAction{}, frame, whole);
  emit(routine.body, entry, exit, frame);
  add_edge(exit, 0, ReturnAction{}, frame, whole);
}

void Expander::add_edge(int from, int to, Action action, const Frame& frame,
                        const Statement& statement, std::string label, std::string text,
                        std::shared_ptr<const RangeUse> range) {
  auto& edges = expansion_.program.edges;
  if (edges.size() >= kMaxEdges)
    throw InputError(
        Diagnostic{frame.file, statement.path,
                   fmt::format("the operation expands to more than {} actions", kMaxEdges)});
  auto chain = chain_;
  if (!statement.at.empty()) chain.push_back(statement.at);
  edges.push_back({from,
                   to,
                   std::move(action),
                   operation_,
                   std::move(chain),
                   std::move(label),
                   std::move(text),
                   range_case_,
                   {}});
  if (range) edges.back().ranges.push_back(std::move(range));
  expansion_.origins.push_back({frame.file, statement.path});
}

bool Expander::emit(const Body& body, int entry, int exit, Frame& frame) {
  const auto emits = [](const Statement& s) { return !std::holds_alternative<Let>(s.what); };
  auto left = std::count_if(body.begin(), body.end(), emits);
  if (left == 0)
    add_edge(entry, exit, Remark{}, frame, Statement{Return{}, "", frame.routine->path});
  int current = entry;
  for (const Statement& statement : body) {
    if (!emits(statement)) {
      emit(statement, current, current, frame);
      continue;
    }
    const int next = --left == 0 ? exit : new_node();
    if (!emit(statement, current, next, frame)) return false;  // what follows is never done
    current = next;
  }
  return true;
}

bool Expander::emit(const Statement& statement, int from, int to, Frame& frame) {
  return std::visit([&](const auto& what) { return emit(what, statement, from, to, frame); },
                    statement.what);
}

bool Expander::emit(const Primitive& what, const Statement& statement, int from, int to,
                    Frame& frame) {
  Action action = what.action;
  if (auto* store = std::get_if<PteStore>(&action))
    store->write = value_of(what.write, frame.parameters, frame.file, statement.path);
  if (auto* tlbi = std::get_if<TlbiAction>(&action)) tlbi->entry = frame.entry;
  if (auto* smmu = std::get_if<SmmuAction>(&action)) smmu->entry = frame.entry;
  check_architecture(action, statement, frame);
  const bool of_leaf = is_about_pte(action) || std::holds_alternative<PageAction>(action);
  if (level() == Level::table && of_leaf) {
    add_edge(from, to, Remark{describe(action)}, frame, statement);
    return true;
  }
  std::string text = command_text(action);
  std::shared_ptr<RangeUse> use;
  if (const auto range = range_of(what, frame, statement)) {
    use = std::make_shared<RangeUse>(use_of(*range, action, frame));
    use->covers = decide(covers(use->range, use->entry, use->size), frame, statement);
    if (!use->covers)
      action = Remark{fmt::format("{}, misses the {}", text.empty() ? describe(action) : text,
                                  level() == Level::table ? "table" : "page")};
    if (!use->covers) text.clear();
  }
  const auto* store = std::get_if<PteStore>(&action);
  if (store && store->resize) expansion_.program.pte_values = kPteValues;
  add_edge(from, to, std::move(action), frame, statement, "", std::move(text), std::move(use));
  return true;
}

void Expander::check_architecture(const Action& action, const Statement& statement,
                                  const Frame& frame) const {
  const auto* tlbi = std::get_if<TlbiAction>(&action);
  const auto* barrier = std::get_if<BarrierAction>(&action);
  const bool fits = tlbi
                        ? instruction_named(tlbi->instruction).architecture == machine_.architecture
                        : !barrier || has_barrier(machine_.architecture, barrier->kind);
  if (!fits)
    throw InputError(
        Diagnostic{frame.file, statement.path,
                   fmt::format("{} is not of the machine's architecture, {} ({})",
                               tlbi ? fmt::format("\"tlbi\": \"{}\"", tlbi->instruction)
                                    : fmt::format("barrier \"{}\"", describe(action)),
                               name_of(machine_.architecture), machine_.file)});
}

// An IOMMU that is no SMMU.
std::string Expander::command_text(const Action& action) const {
  const auto* smmu = std::get_if<SmmuAction>(&action);
  if (!smmu || machine_.architecture == Architecture::arm64) return "";
  const auto name = [&](Observer observer) {
    return machine_.observer_name(observer, Level::leaf);
  };
  switch (smmu->op) {
    case SmmuOp::tlbi:
      return fmt::format("{} invalidation{}", name(Observer::smmu_tlb),
                         smmu->leaf_only ? ", leaf only" : "");
    case SmmuOp::sync: return fmt::format("wait for the {}", name(Observer::smmu_tlb));
    case SmmuOp::atc_inv: return fmt::format("{} invalidation", name(Observer::atc));
    case SmmuOp::atc_sync: return fmt::format("wait for the {}", name(Observer::atc));
    case SmmuOp::stop: return fmt::format("{} stops walking", name(Observer::smmu_tlb));
  }
  return "";
}

bool Expander::emit(const TableStep& what, const Statement& statement, int from, int to,
                    Frame& frame) {
  const bool acts = level() == Level::table;
  add_edge(from, to, acts ? what.action : Action(Remark{what.text}), frame, statement, "",
           what.text);
  return true;
}

bool Expander::emit(const Notify& what, const Statement& statement, int from, int to,
                    Frame& frame) {
  if (!driver_)
    throw InputError(Diagnostic{placement_.file, statement.path,
                                "a notify needs the placement's \"driver\", which is missing"});
  const Body* callback = nullptr;
  if (driver_->callbacks.contains(what.kind)) callback = &driver_->callbacks.at(what.kind);
  const int called = callback && !callback->empty() ? new_node() : to;
  const bool may_sleep = driver_->may_sleep.contains(what.kind);
  add_edge(from, called, NotifyAction{what.kind, may_sleep, what.current_mm && kthread_}, frame,
           statement);
  if (called == to) return true;
  Frame inner{frame.routine, machine_.file, {}, to, frame.entry, inner_scope(frame), what.range};
  AddressRange range;
  const AddressExpr page = frame.addresses.at("page");
  if (what.range.exact)
    inner.notified.exact = range = resolve(*what.range.exact, frame, statement);
  else if (what.range.word == Range::page)
    range = {page, page + AddressExpr(kPageSize), {}};
  else if (what.range.word == Range::mm)
    range = {AddressExpr(0), AddressExpr(~std::uint64_t{0}), {}};
  else
    range = {AddressExpr::name(kRangeNames[0]), AddressExpr::name(kRangeNames[1]), {}};
  inner.addresses["start"] = range.start;
  inner.addresses["end"] = range.end;
  if (!statement.at.empty()) chain_.push_back(statement.at);
  emit(*callback, called, to, inner);
  if (!statement.at.empty()) chain_.pop_back();
  return true;
}

Expander::Frame Expander::callee_frame(const Call& what, const Statement& statement, int exit,
                                       const Frame& frame) {
  const Routine& routine = placement_.routines.at(what.routine);
  Frame inner{&routine,
              routine.file,
              {},
              exit,
              routine.entry_level.value_or(frame.entry),
              inner_scope(frame),
              {}};
  if (inner.entry != frame.entry) {
    inner.addresses["entry_size"] = size_of(inner.entry);
    inner.addresses["entry"] = entry_of(size_of(inner.entry));
  }
  for (const auto& [name, argument] : what.arguments)
    inner.parameters[name] = value_of(argument, frame.parameters, frame.file, statement.path);
  for (const auto& [name, argument] : what.addresses)
    inner.addresses[name] = resolve(argument, frame, statement);
  return inner;
}

bool Expander::emit(const Call& what, const Statement& statement, int from, int to, Frame& frame) {
  Frame inner = callee_frame(what, statement, to, frame);
  if (!statement.at.empty()) chain_.push_back(statement.at);
  emit(inner.routine->body, from, to, inner);
  if (!statement.at.empty()) chain_.pop_back();
  return true;
}

bool Expander::emit(const Choose& what, const Statement& statement, int from, int to,
                    Frame& frame) {
  std::vector<Way> ways;
  for (const auto& [label, body] : what.branches)
    ways.push_back({Remark{fmt::format("chooses: {}", label)}, label, "", &body});
  return emit(ways, statement, from, to, frame);
}

// Afterwards an address is known if it is the same whichever way was taken.
bool Expander::emit(const std::vector<Way>& ways, const Statement& statement, int from, int to,
                    Frame& frame) {
  const AddressScope before = frame.addresses;
  std::optional<AddressScope> after;
  for (const Way& way : ways) {
    const int entry = new_node();
    add_edge(from, entry, way.guard, frame, statement, way.label, way.text);
    frame.addresses = before;
    if (!emit(*way.body, entry, to, frame)) continue;
    if (after)
      join(*after, frame.addresses);
    else
      after = frame.addresses;
  }
  frame.addresses = after.value_or(before);
  return after.has_value();
}

bool Expander::emit(const If& what, const Statement& statement, int from, int to, Frame& frame) {
  const auto body = [&](bool value) -> const Body& {
    return value == what.value ? what.then_body : what.else_body;
  };
  if (const auto value = decided(what, statement, frame))
    return emit(body(*value), from, to, frame);
  std::vector<Way> ways;
  for (const bool value : {true, false})
    ways.push_back({assumption(what, value), "", test_text(what, value), &body(value)});
  return emit(ways, statement, from, to, frame);
}

std::optional<bool> Expander::decided(const If& what, const Statement& statement,
                                      const Frame& frame) {
  if (const auto* test = std::get_if<StaticTest>(&what.test))
    return test->is_option
               ? placement_.options.at(test->name)
               : value_of({false, test->name}, frame.parameters, frame.file, statement.path);
  if (const auto* test = std::get_if<AddressTest>(&what.test))
    return decide(resolve(test->condition, frame, statement), frame, statement);
  return std::nullopt;
}

// A test of something that this level does not follow may go either way.
Action Expander::assumption(const If& what, bool value) const {
  if (const auto* flag = std::get_if<FlagTest>(&what.test)) return FlagAssume{*flag, value};
  const auto* table = std::get_if<TableTest>(&what.test);
  if ((table != nullptr) != (level() == Level::table)) return Remark{test_text(what, value)};
  return PteAssume{table ? table->test : std::get<PteTest>(what.test), value};
}

// Where the action's own words would be wrong, or there are none.
std::string Expander::test_text(const If& what, bool value) {
  if (const auto* pte = std::get_if<PteTest>(&what.test)) return describe(PteAssume{*pte, value});
  const auto* table = std::get_if<TableTest>(&what.test);
  if (!table) return "";
  return fmt::format("if {}table is {}", value ? "" : "not ",
                     table->test == PteTest::none ? "none" : "present");
}

bool Expander::emit(const Loop& what, const Statement& statement, int from, int to, Frame& frame) {
  std::set<std::string> assigned;
  collect_assigned(what.body, assigned);
  for (auto& [name, value] : frame.addresses)
    if (assigned.contains(name)) value = {};
  const AddressScope around = frame.addresses;
  const int head = new_node();
  add_edge(from, head, Remark{}, frame, statement);
  emit(what.body, head, head, frame);
  add_edge(head, to, Remark{}, frame, statement);
  frame.addresses = around;
  return true;
}

bool Expander::emit(const Return&, const Statement& statement, int from, int, Frame& frame) {
  add_edge(from, frame.exit, Remark{}, frame, statement);
  return false;
}

bool Expander::emit(const Let& what, const Statement& statement, int, int, Frame& frame) {
  for (const auto& [name, value] : what.values)
    frame.addresses[name] = resolve(value, frame, statement);
  return true;
}

// --- addresses ---

}  // namespace tlbmc
