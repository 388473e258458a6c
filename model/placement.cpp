#include "model/placement.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "model/statement_json.h"
#include "model/statement_tree.h"

namespace tlbmc {

namespace {

constexpr int kMaxExtends = 8;
constexpr std::size_t kMaxCallDepth = 64;

[[noreturn]] void fail_at(const Routine& routine, const std::string& path,
                          const std::string& message) {
  throw InputError(Diagnostic{routine.file, path, message});
}

// Calls visit(statement) for every statement of the body, outer ones first.
void for_each_statement(const Body& body, const std::function<void(const Statement&)>& visit) {
  for (const Statement& statement : body) {
    visit(statement);
    for (const Body* inner : inner_bodies(statement)) for_each_statement(*inner, visit);
  }
}

std::vector<AddressExpr> expressions_of(const AddressRange& range) {
  std::vector<AddressExpr> all{range.start, range.end};
  if (!range.stride.empty()) all.push_back(range.stride);
  return all;
}

Routine read_routine(const JsonNode& node, const std::string& file, bool is_operation) {
  Routine routine;
  node.object(is_operation
                  ? std::vector<std::string>{"at", "about", "fault", "context", "entry-level",
                                             "addresses", "assumptions", "body"}
                  : std::vector<std::string>{"at", "about", "params", "entry-level", "assumptions",
                                             "body"});
  routine.file = file;
  routine.path = node.path();
  if (const auto at = node.get("at")) routine.at = at->string();
  if (const auto about = node.get("about")) routine.about = about->string();
  if (const auto fault = node.get("fault")) routine.handles_fault = fault->boolean();
  if (const auto params = node.get("params"))
    for (const auto& param : params->elements()) routine.parameters.push_back(param.string());
  if (const auto context = node.get("context"))
    routine.kthread = context->one_of({"process", "kthread"}) == 1;
  if (const auto assumptions = node.get("assumptions"))
    routine.assumptions = assumptions->strings();
  if (const auto level = node.get("entry-level")) routine.entry_level = entry_level(*level);
  routine.addresses.entry_size = size_of(routine.entry_level.value_or(EntryLevel::pte));
  if (const auto addresses = node.get("addresses"))
    routine.addresses = read_addresses(*addresses, routine.addresses.entry_size);
  routine.body = read_body(node.at("body"));
  return routine;
}

void read_variants(const JsonNode& node, Placement& placement) {
  for (const auto& [name, variant] : node.members()) {
    Variant result;
    variant.object({"about", "options"});
    if (const auto about = variant.get("about")) result.about = about->string();
    for (const auto& [option, value] : variant.at("options").members()) {
      if (!placement.options.contains(option))
        value.fail(fmt::format("no option \"{}\" is declared in \"options\"", option));
      result.options[option] = value.boolean();
    }
    placement.variants[name] = std::move(result);
  }
}

void read_operations(const JsonNode& node, Placement& placement) {
  for (const auto& [name, operation] : node.members()) {
    Routine routine = read_routine(operation, placement.file, true);
    const auto same = [&name = name](const auto& known) { return known.first == name; };
    const auto known = std::find_if(placement.operations.begin(), placement.operations.end(), same);
    if (known != placement.operations.end())
      known->second = std::move(routine);
    else
      placement.operations.emplace_back(name, std::move(routine));
  }
}

void leave_out(const JsonNode& node, Placement& placement) {
  for (const auto& element : node.elements()) {
    const auto name = element.string();
    if (std::erase_if(placement.operations, [&](const auto& op) { return op.first == name; }) == 0)
      element.fail(fmt::format("no operation \"{}\" to leave out{}", name,
                               suggestion(name, placement.operation_names())));
  }
}

std::vector<std::string> routine_names(const Placement& placement) {
  std::vector<std::string> names;
  for (const auto& [name, routine] : placement.routines) names.push_back(name);
  return names;
}

void check_parameter(const Routine& routine, const Statement& statement, const std::string& name) {
  const auto& known = routine.parameters;
  if (!name.empty() && std::find(known.begin(), known.end(), name) == known.end())
    fail_at(routine, statement.path,
            fmt::format(
                "no parameter \"{}\" here, expected one of: {}", name,
                known.empty() ? "(there are none)" : fmt::format("{}", fmt::join(known, ", "))));
}

void check_call(const Placement& placement, const Routine& caller, const Statement& statement,
                const Call& call) {
  const auto found = placement.routines.find(call.routine);
  if (found == placement.routines.end())
    fail_at(caller, statement.path,
            fmt::format("call to an unknown routine \"{}\"{}, expected a name from \"routines\"",
                        call.routine, suggestion(call.routine, routine_names(placement))));
  for (const auto& [name, value] : call.arguments) {
    check_parameter(found->second, statement, name);
    check_parameter(caller, statement, value.parameter);
  }
  for (const auto& [name, value] : call.addresses) check_parameter(found->second, statement, name);
  for (const auto& name : found->second.parameters)
    if (!call.arguments.contains(name) && !call.addresses.contains(name))
      fail_at(caller, statement.path,
              fmt::format("the call of \"{}\" gives no value to its parameter \"{}\"", call.routine,
                          name));
}

// The names that expressions of this routine may use somewhere.
std::vector<std::string> known_addresses(const Routine& routine) {
  std::vector<std::string> known = routine.parameters;
  const auto add = [&](const auto& names) {
    known.insert(known.end(), names.begin(), names.end());
  };
  add(routine.addresses.names);
  add(kAddressNames);
  for_each_statement(routine.body, [&](const Statement& statement) {
    if (const auto* let = std::get_if<Let>(&statement.what))
      for (const auto& [name, value] : let->values) known.push_back(name);
  });
  return known;
}

void check_addresses(const Routine& routine) {
  const auto known = known_addresses(routine);
  for_each_statement(routine.body, [&](const Statement& statement) {
    for (const AddressExpr& e : expressions_of(statement))
      for (const auto& name : names_of(e))
        if (std::find(known.begin(), known.end(), name) == known.end())
          fail_at(routine, statement.path,
                  fmt::format("no address \"{}\" here{}, expected one of: {}", name,
                              suggestion(name, known), fmt::join(known, ", ")));
  });
}

void check_test(const Placement& placement, const Routine& routine, const Statement& statement,
                const If& branch) {
  const auto* test = std::get_if<StaticTest>(&branch.test);
  if (test && !test->is_option) check_parameter(routine, statement, test->name);
  if (test && test->is_option && !placement.options.contains(test->name))
    fail_at(routine, statement.path,
            fmt::format("no option \"{}\" is declared in \"options\"", test->name));
}

// An edge that goes on by exits ends with a call that has these exits.
void check_exits(const Placement& placement, const Routine& routine, const GraphEdge& edge) {
  if (edge.to.size() == 1 && edge.to.front().first.empty()) return;
  const Call* call = edge.body.empty() ? nullptr : std::get_if<Call>(&edge.body.back().what);
  if (!call)
    fail_at(routine, edge.path, "expected \"do\" to end with a call, as \"to\" names exits");
  const auto callee = placement.routines.find(call->routine);
  if (callee == placement.routines.end()) return;  // check_call() reports it
  const Graph* graph = whole_graph(callee->second.body);
  std::set<std::string> missing, named;
  if (graph)
    for (const auto& [name, node] : graph->exits) missing.insert(name);
  else
    missing.insert("return");
  for (const auto& [name, node] : edge.to)
    if (missing.erase(name) == 0)
      fail_at(routine, edge.path,
              fmt::format("routine \"{}\" has no exit \"{}\"", call->routine, name));
  if (!missing.empty())
    fail_at(routine, edge.path,
            fmt::format("\"to\" does not name the exit \"{}\" of routine \"{}\"", *missing.begin(),
                        call->routine));
}

void check_names(const Placement& placement, const Routine& routine) {
  check_addresses(routine);
  for_each_statement(routine.body, [&](const Statement& statement) {
    if (const auto* call = std::get_if<Call>(&statement.what))
      check_call(placement, routine, statement, *call);
    if (const auto* primitive = std::get_if<Primitive>(&statement.what))
      check_parameter(routine, statement, primitive->write.parameter);
    if (const auto* branch = std::get_if<If>(&statement.what))
      check_test(placement, routine, statement, *branch);
    const auto* graph = std::get_if<Graph>(&statement.what);
    if (!graph) return;
    for (const GraphEdge& edge : graph->edges) {
      if (edge.guard) check_test(placement, routine, statement, *edge.guard);
      check_exits(placement, routine, edge);
    }
  });
}

// Depth-first over calls; `open` are the routines being expanded. Returns how deep calls nest from
// here; `heights` has the routines that are done.
std::size_t check_recursion(const Placement& placement, const std::string& name,
                            const Routine& routine, std::vector<std::string>& open,
                            std::map<std::string, std::size_t>& heights) {
  if (open.size() >= kMaxCallDepth)
    fail_at(routine, routine.path,
            fmt::format("expected calls nested at most {} deep", kMaxCallDepth));
  open.push_back(name);
  std::size_t height = 1;
  for_each_statement(routine.body, [&](const Statement& statement) {
    const auto* call = std::get_if<Call>(&statement.what);
    if (!call) return;
    if (std::find(open.begin(), open.end(), call->routine) != open.end())
      fail_at(routine, statement.path,
              fmt::format("recursion: {} > {}; expected calls without cycles",
                          fmt::join(open, " > "), call->routine));
    const auto known = heights.find(call->routine);
    const auto below = known != heights.end()
                           ? known->second
                           : check_recursion(placement, call->routine,
                                             placement.routines.at(call->routine), open, heights);
    height = std::max(height, below + 1);
  });
  if (height > kMaxCallDepth)
    fail_at(routine, routine.path,
            fmt::format("expected calls nested at most {} deep", kMaxCallDepth));
  open.pop_back();
  heights[name] = height;
  return height;
}

bool acts_on_tables(const Routine& routine) {
  bool found = false;
  for_each_statement(routine.body, [&](const Statement& statement) {
    found = found || std::holds_alternative<TableStep>(statement.what);
  });
  return found;
}

void check(const Placement& placement) {
  if (placement.part)
    throw InputError(Diagnostic{placement.file, "/part",
                                "this file is a part of others, expected one that extends it"});
  if (placement.operations.empty())
    throw InputError(Diagnostic{placement.file, "/operations", "expected at least one operation"});
  for (const auto& [name, routine] : placement.routines) check_names(placement, routine);
  for (const auto& [name, routine] : placement.operations) check_names(placement, routine);
  std::vector<std::string> open;
  std::map<std::string, std::size_t> heights;
  for (const auto& [name, routine] : placement.routines)
    if (!heights.contains(name)) check_recursion(placement, name, routine, open, heights);
}

Placement read_placement(const Json& json, const std::string& file, int depth);

Placement read_base(const JsonNode& extends, const std::string& file, int depth) {
  if (depth >= kMaxExtends)
    extends.fail(fmt::format("expected at most {} files that extend each other", kMaxExtends));
  const auto base = (std::filesystem::path(file).parent_path() / extends.string()).string();
  auto loaded = capture(base, [&] { return read_placement(read_json(base), base, depth + 1); });
  if (!loaded.ok()) extends.fail(loaded.error().text());
  return std::move(loaded.value());
}

Placement read_placement(const Json& json, const std::string& file, int depth) {
  const JsonNode root(json, "");
  root.object({"$schema", "name", "about", "source", "driver", "extends", "part", "without",
               "options", "variants", "assumptions", "routines", "operations"});
  Placement placement;
  if (const auto extends = root.get("extends")) placement = read_base(*extends, file, depth);
  placement.file = file;
  const auto part = root.get("part");
  placement.part = part && part->boolean();
  placement.name = root.at("name").string();
  if (const auto about = root.get("about")) placement.about = about->string();
  if (const auto source = root.get("source")) placement.source = source->string();
  if (const auto driver = root.get("driver")) placement.driver = driver->string();
  if (const auto assumptions = root.get("assumptions"))
    placement.assumptions = assumptions->strings();
  if (const auto options = root.get("options"))
    for (const auto& [name, value] : options->members()) placement.options[name] = value.boolean();
  if (const auto variants = root.get("variants")) read_variants(*variants, placement);
  if (const auto routines = root.get("routines"))
    for (const auto& [name, routine] : routines->members())
      placement.routines[name] = read_routine(routine, file, false);
  if (const auto without = root.get("without")) leave_out(*without, placement);
  if (const auto operations = root.get("operations")) read_operations(*operations, placement);
  return placement;
}

std::size_t remove_line(Body& body, const std::string& at) {
  std::size_t removed = std::erase_if(body, [&](const Statement& s) { return s.at == at; });
  for (Statement& statement : body)
    for (Body* inner : inner_bodies(statement)) removed += remove_line(*inner, at);
  return removed;
}

}  // namespace

AddressExpr size_of(EntryLevel level) {
  constexpr std::array<const char*, 4> sizes{"PAGE_SIZE", "CONT_PTE_SIZE", "PMD_SIZE", "PUD_SIZE"};
  return parse_address(sizes.at(static_cast<std::size_t>(level)), "");
}

const Graph* whole_graph(const Body& body) {
  return body.size() == 1 ? std::get_if<Graph>(&body.front().what) : nullptr;
}

std::vector<std::string> assumptions_of(const Placement& placement,
                                        const std::vector<std::string>& operations) {
  std::vector<std::string> all;
  std::set<std::string> said, called;
  const auto add = [&](const std::vector<std::string>& lines) {
    for (const std::string& line : lines)
      if (said.insert(line).second) all.push_back(line);
  };
  const std::function<void(const Routine&)> visit = [&](const Routine& routine) {
    add(routine.assumptions);
    for_each_statement(routine.body, [&](const Statement& statement) {
      const auto* call = std::get_if<Call>(&statement.what);
      if (call && called.insert(call->routine).second) visit(placement.routines.at(call->routine));
    });
  };
  add(placement.assumptions);
  for (const auto& [name, operation] : placement.operations)
    if (operations.empty() ||
        std::find(operations.begin(), operations.end(), name) != operations.end())
      visit(operation);
  return all;
}

std::vector<AddressExpr> expressions_of(const Statement& statement) {
  std::vector<AddressExpr> all;
  if (const auto* primitive = std::get_if<Primitive>(&statement.what)) {
    if (primitive->range && primitive->range->exact)
      return expressions_of(*primitive->range->exact);
  } else if (const auto* notify = std::get_if<Notify>(&statement.what)) {
    if (notify->range.exact) return expressions_of(*notify->range.exact);
  } else if (const auto* call = std::get_if<Call>(&statement.what)) {
    for (const auto& [name, value] : call->addresses) all.push_back(value);
  } else if (const auto* let = std::get_if<Let>(&statement.what)) {
    for (const auto& [name, value] : let->values) all.push_back(value);
  } else if (const auto* branch = std::get_if<If>(&statement.what)) {
    if (const auto* test = std::get_if<AddressTest>(&branch->test)) all.push_back(test->condition);
  } else if (const auto* graph = std::get_if<Graph>(&statement.what)) {
    for (const GraphEdge& edge : graph->edges)
      if (const auto* test = edge.guard ? std::get_if<AddressTest>(&edge.guard->test) : nullptr)
        all.push_back(test->condition);
  }
  return all;
}

std::vector<std::string> Placement::operation_names() const {
  std::vector<std::string> names;
  for (const auto& operation : operations) names.push_back(operation.first);
  return names;
}

Result<Placement> parse_placement(const Json& json, const std::string& file) {
  return capture(file, [&] {
    Placement placement = read_placement(json, file, 0);
    check(placement);
    const auto acts = [](const auto& named) { return acts_on_tables(named.second); };
    placement.has_table_actions =
        std::any_of(placement.routines.begin(), placement.routines.end(), acts) ||
        std::any_of(placement.operations.begin(), placement.operations.end(), acts);
    return placement;
  });
}

Json self_contained(const std::string& file) {
  Json json = read_json(file);
  if (!json.contains("extends")) return json;
  const auto base_file =
      std::filesystem::path(file).parent_path() / json["extends"].get<std::string>();
  Json base = self_contained(base_file.string());
  json.erase("extends");
  base.erase("part");
  for (const auto& name : json.value("without", Json::array()))
    base["operations"].erase(name.get<std::string>());
  json.erase("without");
  for (const auto& [key, value] : json.items()) {
    const bool merges =
        key == "options" || key == "variants" || key == "routines" || key == "operations";
    if (merges && base.contains(key))
      base[key].update(value);
    else
      base[key] = value;
  }
  return base;
}

Result<Placement> load_placement(const std::string& file) {
  auto json = capture(file, [&] { return read_json(file); });
  if (!json.ok()) return json.error();
  return parse_placement(json.value(), file);
}

Result<Placement> load_part(const std::string& file) {
  return capture(file, [&] {
    Placement placement = read_placement(read_json(file), file, 0);
    if (!placement.part)
      throw InputError(Diagnostic{file, "/part", "expected true: a part of other placements"});
    return placement;
  });
}

Result<Placement> with_variant(Placement placement, const std::string& variant) {
  const auto found = placement.variants.find(variant);
  if (found == placement.variants.end()) {
    std::vector<std::string> names;
    for (const auto& [name, unused] : placement.variants) names.push_back(name);
    if (names.empty())
      return Diagnostic{placement.file, "/variants",
                        fmt::format("no variant \"{}\": the placement has none", variant)};
    return Diagnostic{placement.file, "/variants",
                      fmt::format("no variant \"{}\"{}, expected one of: {}", variant,
                                  suggestion(variant, names), fmt::join(names, ", "))};
  }
  for (const auto& [option, value] : found->second.options) placement.options[option] = value;
  placement.name += ":" + variant;
  return placement;
}

Result<Placement> without_line(Placement placement, const std::string& at) {
  std::size_t removed = 0;
  for (auto& [name, routine] : placement.routines) removed += remove_line(routine.body, at);
  for (auto& [name, routine] : placement.operations) removed += remove_line(routine.body, at);
  if (removed == 0)
    return Diagnostic{placement.file, "",
                      fmt::format("no action stands for the source line \"{}\"", at)};
  placement.name += fmt::format(" without {}", at);
  return placement;
}

}  // namespace tlbmc
