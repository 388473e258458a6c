#include "model/machine.h"

#include "model/statement_json.h"

namespace tlbmc {

namespace {

const std::vector<std::string> kObserverKeys{"cpu-tlb", "smmu-tlb", "atc"};

bool is_command(const Statement& statement, SmmuOp op) {
  const auto& action = std::get<Primitive>(statement.what).action;
  const auto* smmu = std::get_if<SmmuAction>(&action);
  return smmu && smmu->op == op;
}

// A callback polls for its CMD_SYNC before it returns: commands that it left behind could be
// consumed at any later time, which the model does not follow (docs/semantics.md).
void check_completed(const JsonNode& node, const Body& body, SmmuOp command, SmmuOp sync) {
  bool outstanding = false;
  for (const Statement& statement : body) {
    outstanding = (outstanding || is_command(statement, command)) && !is_command(statement, sync);
  }
  if (outstanding) node.fail("expected a sync after the last command of the callback");
}

Driver read_driver(const JsonNode& node, const Machine& machine) {
  Driver driver;
  node.object({"about", "shares-asid", "range_start", "range_end", "secondary"});
  if (const auto about = node.get("about")) driver.about = about->string();
  driver.shares_asid = node.at("shares-asid").boolean();
  for (std::size_t kind = 0; kind < kNotifyNames.size(); ++kind) {
    const auto callback = node.get(std::string(kNotifyNames.at(kind)));
    if (!callback) continue;
    Body body = read_driver_body(*callback);
    check_completed(*callback, body, SmmuOp::tlbi, SmmuOp::sync);
    check_completed(*callback, body, SmmuOp::atc_inv, SmmuOp::atc_sync);
    for (const Statement& statement : body)
      if (!machine.has(Observer::atc) &&
          (is_command(statement, SmmuOp::atc_inv) || is_command(statement, SmmuOp::atc_sync)))
        callback->fail("an ATC command, but \"observers\" has no \"atc\"");
    driver.callbacks[static_cast<NotifyKind>(kind)] = std::move(body);
  }
  return driver;
}

Machine read_machine(const Json& json, const std::string& file) {
  const JsonNode root(json, "");
  root.object({"$schema", "name", "about", "architecture", "observers", "btm", "drivers"});
  Machine machine;
  machine.file = file;
  machine.name = root.at("name").string();
  if (const auto about = root.get("about")) machine.about = about->string();
  root.at("architecture").one_of({"arm64"});
  for (const auto& observer : root.at("observers").elements())
    machine.observers.at(observer.one_of(kObserverKeys)) = true;
  if (root.at("observers").elements().empty())
    root.at("observers").fail("expected at least one observer");
  if (machine.has(Observer::atc) && !machine.has(Observer::smmu_tlb))
    root.at("observers").fail("an ATC is filled through the SMMU: expected \"smmu-tlb\" too");
  machine.btm = root.at("btm").boolean();
  for (const auto& [name, driver] : root.at("drivers").members())
    machine.drivers[name] = read_driver(driver, machine);
  return machine;
}

}  // namespace

Result<Machine> parse_machine(const Json& json, const std::string& file) {
  return capture(file, [&] { return read_machine(json, file); });
}

Result<Machine> load_machine(const std::string& file) {
  return capture(file, [&] { return read_machine(read_json(file), file); });
}

}  // namespace tlbmc
