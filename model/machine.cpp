#include "model/machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/ordering.h"
#include "model/statement_json.h"

namespace tlbmc {

namespace {

const std::vector<std::string> kObserverKeys{"cpu-tlb", "smmu-tlb", "atc"};

bool is_command(const Statement& statement, SmmuOp op) {
  const auto* primitive = std::get_if<Primitive>(&statement.what);
  const auto* smmu = primitive ? std::get_if<SmmuAction>(&primitive->action) : nullptr;
  return smmu && smmu->op == op;
}

bool has_command(const Body& body, SmmuOp op) {
  return std::any_of(body.begin(), body.end(), [&](const Statement& statement) {
    const auto* branch = std::get_if<If>(&statement.what);
    return is_command(statement, op) ||
           (branch && (has_command(branch->then_body, op) || has_command(branch->else_body, op)));
  });
}

// Whether a command may be without its sync after the body, if one may be before it.
bool leaves_outstanding(const Body& body, SmmuOp command, SmmuOp sync, bool outstanding) {
  for (const Statement& statement : body) {
    if (const auto* branch = std::get_if<If>(&statement.what))
      outstanding = leaves_outstanding(branch->then_body, command, sync, outstanding) ||
                    leaves_outstanding(branch->else_body, command, sync, outstanding);
    else
      outstanding = (outstanding || is_command(statement, command)) && !is_command(statement, sync);
  }
  return outstanding;
}

// A callback polls for its CMD_SYNC before it returns: commands that it left behind could be
// consumed at any later time, which the model does not follow (docs/semantics.md).
void check_completed(const JsonNode& node, const Body& body, SmmuOp command, SmmuOp sync) {
  if (leaves_outstanding(body, command, sync, false))
    node.fail("expected a sync after the last command of the callback");
}

// A callback knows the range that it is called for, and what it computes from that.
void check_addresses(const Body& body, std::vector<std::string> known) {
  for (const Statement& statement : body) {
    for (const AddressExpr& e : expressions_of(statement))
      for (const auto& name : names_of(e))
        if (std::find(known.begin(), known.end(), name) == known.end())
          throw InputError(statement.path,
                           fmt::format("no address \"{}\" here{}, expected one of: {}", name,
                                       suggestion(name, known), fmt::join(known, ", ")));
    if (const auto* let = std::get_if<Let>(&statement.what))
      for (const auto& [name, value] : let->values) known.push_back(name);
    if (const auto* branch = std::get_if<If>(&statement.what)) {
      check_addresses(branch->then_body, known);
      check_addresses(branch->else_body, known);
    }
  }
}

void check_barriers(const JsonNode& node, const Body& body, const Machine& machine) {
  for (const Statement& statement : body) {
    if (const auto* branch = std::get_if<If>(&statement.what)) {
      check_barriers(node, branch->then_body, machine);
      check_barriers(node, branch->else_body, machine);
    }
    const auto* primitive = std::get_if<Primitive>(&statement.what);
    const auto* barrier = primitive ? std::get_if<BarrierAction>(&primitive->action) : nullptr;
    if (barrier && !has_barrier(machine.architecture, barrier->kind))
      node.fail(
          fmt::format("{} is no barrier of {}", describe(*barrier), name_of(machine.architecture)));
  }
}

Driver read_driver(const JsonNode& node, const Machine& machine) {
  Driver driver;
  node.object(
      {"about", "shares-asid", "may-sleep", "range_start", "range_end", "secondary", "release"});
  if (const auto about = node.get("about")) driver.about = about->string();
  driver.shares_asid = node.at("shares-asid").boolean();
  for (std::size_t kind = 0; kind < kNotifyNames.size(); ++kind) {
    const auto callback = node.get(std::string(kNotifyNames.at(kind)));
    if (!callback) continue;
    Body body = read_driver_body(*callback);
    check_addresses(body, {"start", "end"});
    check_completed(*callback, body, SmmuOp::tlbi, SmmuOp::sync);
    check_completed(*callback, body, SmmuOp::atc_inv, SmmuOp::atc_sync);
    if (!machine.has(Observer::atc) &&
        (has_command(body, SmmuOp::atc_inv) || has_command(body, SmmuOp::atc_sync)))
      callback->fail("an ATC command, but \"observers\" has no \"atc\"");
    check_barriers(*callback, body, machine);
    driver.callbacks[static_cast<NotifyKind>(kind)] = std::move(body);
  }
  if (const auto may_sleep = node.get("may-sleep"))
    for (const auto& kind : may_sleep->elements())
      driver.may_sleep.insert(
          static_cast<NotifyKind>(kind.one_of({kNotifyNames.begin(), kNotifyNames.end()})));
  return driver;
}

// A list of observers that the machine has.
std::array<bool, kObservers> read_observers(const JsonNode& node, const Machine& machine) {
  std::array<bool, kObservers> result{};
  for (const auto& observer : node.elements()) {
    const auto i = observer.one_of(kObserverKeys);
    if (!machine.observers.at(i))
      observer.fail(fmt::format("\"{}\" is none of the machine's \"observers\"", kObserverKeys[i]));
    result.at(i) = true;
  }
  return result;
}

void read_names(const JsonNode& node, Machine& machine) {
  node.object(kObserverKeys);
  for (const auto& [key, name] : node.members()) {
    if (name.string().empty()) name.fail("expected a name");
    const auto i = std::find(kObserverKeys.begin(), kObserverKeys.end(), key);
    machine.names.at(static_cast<std::size_t>(i - kObserverKeys.begin())) = name.string();
  }
}

Machine read_machine(const Json& json, const std::string& file) {
  const JsonNode root(json, "");
  root.object({"$schema", "name", "about", "architecture", "observers", "names", "re-walks",
               "break-before-make", "erratum", "btm", "drivers"});
  Machine machine;
  machine.file = file;
  machine.name = root.at("name").string();
  if (const auto about = root.get("about")) machine.about = about->string();
  machine.architecture = static_cast<Architecture>(
      root.at("architecture").one_of({kArchitectureNames.begin(), kArchitectureNames.end()}));
  for (const auto& observer : root.at("observers").elements())
    machine.observers.at(observer.one_of(kObserverKeys)) = true;
  if (root.at("observers").elements().empty())
    root.at("observers").fail("expected at least one observer");
  if (machine.has(Observer::atc) && !machine.has(Observer::smmu_tlb))
    root.at("observers").fail("an ATC is filled through the SMMU: expected \"smmu-tlb\" too");
  if (const auto names = root.get("names")) read_names(*names, machine);
  if (const auto re_walks = root.get("re-walks"))
    machine.re_walks = read_observers(*re_walks, machine);
  if (const auto breaks = root.get("break-before-make"))
    machine.needs_break = read_observers(*breaks, machine);
  else if (machine.architecture == Architecture::arm64)
    machine.needs_break = machine.observers;
  machine.btm = root.at("btm").boolean();
  if (const auto erratum = root.get("erratum")) {
    erratum->one_of({"repeat-tlbi"});
    machine.repeats_tlbi = true;
  }
  const bool broadcasts =
      std::any_of(instructions().begin(), instructions().end(), [&](const Instruction& i) {
        return i.architecture == machine.architecture && i.reach == Reach::all_cpus;
      });
  if (machine.btm && !broadcasts)
    root.at("btm").fail(fmt::format("expected false: {} has no broadcast TLB maintenance",
                                    name_of(machine.architecture)));
  if (machine.repeats_tlbi && !(broadcasts && machine.has(Observer::cpu_tlb)))
    root.at("erratum").fail("it is about CPUs' TLBs and broadcast TLB maintenance");
  for (const auto& [name, driver] : root.at("drivers").members())
    machine.drivers[name] = read_driver(driver, machine);
  return machine;
}

}  // namespace

std::string Machine::observer_name(Observer observer, Level level) const {
  std::string tlb = names.at(static_cast<std::size_t>(observer));
  if (level == Level::leaf) return tlb;
  if (tlb.ends_with(" TLB")) tlb.resize(tlb.size() - 4);
  return tlb + " walk cache";
}

Result<Machine> parse_machine(const Json& json, const std::string& file) {
  return capture(file, [&] { return read_machine(json, file); });
}

Result<Machine> load_machine(const std::string& file) {
  return capture(file, [&] { return read_machine(read_json(file), file); });
}

}  // namespace tlbmc
