#include "model/statement_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "model/instruction.h"

namespace tlbmc {

namespace {

using Words = std::vector<std::string>;

const Words kLocks{"ptl", "ptl-new", "mmap", "rmap", "page"};
const Words kRanges{"page", "range", "mm"};
const Words kBarriers{"dsb ishst", "dsb ish",        "dsb nshst", "dsb nsh", "isb",   "smp_mb",
                      "dma_wmb",   "context-switch", "mfence",    "ptesync", "eieio", "tlbsync"};

Words instruction_names() {
  Words names;
  for (const Instruction& instruction : instructions()) names.emplace_back(instruction.name);
  return names;
}

using Reader = std::function<Statement(const JsonNode&)>;
using Readers = std::vector<std::pair<std::string, Reader>>;

Words with_source(Words keys) {
  keys.emplace_back("at");
  keys.emplace_back("about");
  return keys;
}

bool shared_mode(const JsonNode& node) {
  const auto mode = node.get("mode");
  return mode && mode->one_of({"exclusive", "shared"}) == 1;
}

// Boolean, or "$parameter".
BoolArgument bool_argument(const JsonNode& node) {
  if (node.value().is_string()) {
    const auto text = node.string();
    if (text.size() < 2 || text.front() != '$')
      node.fail(fmt::format("expected true, false or \"$parameter\", found \"{}\"", text));
    return {false, text.substr(1)};
  }
  return {node.boolean(), ""};
}

// Of a level hint, if there is one.
std::optional<EntryLevel> hint_of(const JsonNode& node) {
  const auto level = node.get("level");
  if (!level) return {};
  return entry_level(*level);
}

bool leaf_only(const JsonNode& node) {
  const auto leaf = node.get("leaf");
  return leaf && leaf->boolean();
}

AddressExpr address(const JsonNode& node) { return parse_address(node.string(), node.path()); }

// A word, or {"start", "end"}.
RangeArgument range_argument(const JsonNode& node) {
  if (node.value().is_string()) return {static_cast<Range>(node.one_of(kRanges)), {}};
  if (!node.value().is_object())
    node.fail(fmt::format("expected one of {}, or an object with the keys start, end",
                          fmt::join(kRanges, ", ")));
  node.object({"start", "end", "stride"});
  AddressRange range{address(node.at("start")), address(node.at("end")), {}};
  if (const auto stride = node.get("stride")) range.stride = address(*stride);
  return {Range::range, std::move(range)};
}

template <typename T>
Statement primitive(T action) {
  return {Primitive{Action{std::move(action)}, {}}, "", ""};
}

// With the range that the node gives, if it gives one.
Statement ranged(Statement statement, const JsonNode& node) {
  if (const auto range = node.get("range"))
    std::get<Primitive>(statement.what).range = range_argument(*range);
  return statement;
}

Statement read_lock(const JsonNode& node) {
  const auto lock =
      static_cast<Lock>(node.object(with_source({"lock", "mode"})).at("lock").one_of(kLocks));
  return primitive(LockAction{lock, shared_mode(node)});
}

Statement read_unlock(const JsonNode& node) {
  const auto lock =
      static_cast<Lock>(node.object(with_source({"unlock", "mode"})).at("unlock").one_of(kLocks));
  return primitive(UnlockAction{lock, shared_mode(node)});
}

Statement read_pte(const JsonNode& node) {
  const Words ops{"read", "upgrade", "downgrade", "clear", "set", "migrate"};
  const auto op =
      node.object(with_source({"pte", "frame", "write", "same-contents", "size", "level", "range"}))
          .at("pte")
          .one_of(ops);
  if (const auto level = node.get("level")) entry_level(*level);
  if (ops[op] != "set") {
    for (const char* key : {"frame", "write", "same-contents", "size"})
      if (node.has(key)) node.fail(fmt::format("\"{}\" goes with \"pte\": \"set\" only", key));
  }
  if (ops[op] == "read") return ranged(primitive(PteRead{}), node);
  if (ops[op] == "upgrade") return ranged(primitive(PteStore{PteOp::upgrade}), node);
  if (ops[op] == "downgrade") return ranged(primitive(PteStore{PteOp::downgrade}), node);
  if (ops[op] == "clear") return ranged(primitive(PteStore{PteOp::clear}), node);
  if (ops[op] == "migrate") return ranged(primitive(PteStore{PteOp::migrate}), node);
  const bool old_frame = node.at("frame").one_of({"old", "new"}) == 0;
  const auto same = node.get("same-contents");
  PteStore store{old_frame ? PteOp::set_old : PteOp::set_new};
  store.same_contents = same && same->boolean();
  if (const auto size = node.get("size")) store.resize = size->one_of({"same", "other"}) == 1;
  store.keeps_permission = old_frame && !node.has("write");
  Statement statement = ranged(primitive(store), node);
  if (!store.keeps_permission)
    std::get<Primitive>(statement.what).write = bool_argument(node.at("write"));
  return statement;
}

// At level table the table entry is what the PTE is at level leaf, and the table page the frame.
Statement read_table(const JsonNode& node) {
  const Words ops{"read", "unlink", "link", "alloc", "free"};
  const auto op = node.object(with_source({"table", "which", "via"})).at("table").one_of(ops);
  const bool frees = ops[op] == "free";
  for (const char* key : {"which", "via"})
    if (!frees && node.has(key))
      node.fail(fmt::format("\"{}\" goes with \"table\": \"free\" only", key));
  const auto which = node.get("which");
  const bool is_new = which && which->one_of({"old", "new"}) == 1;
  // Waiting for RCU or for an IPI is for the CPUs' software walkers, no hardware waits in it.
  if (const auto via = node.get("via")) via->one_of({"rcu", "ipi"});
  const std::string text = fmt::format("table {}{}", ops[op], is_new ? " (new)" : "");
  const auto step = [&](Action action) { return Statement{TableStep{action, text}, "", ""}; };
  if (ops[op] == "read") return step(PteRead{});
  if (ops[op] == "unlink") return step(PteStore{PteOp::clear});
  if (ops[op] == "link") return step(PteStore{PteOp::set_new, true});
  if (ops[op] == "alloc") return step(PageAction{PageOp::alloc, Which::new_page});
  return step(PageAction{PageOp::put, is_new ? Which::new_page : Which::old_page});
}

Statement read_barrier(const JsonNode& node) {
  node.object(with_source({"barrier"}));
  return primitive(BarrierAction{static_cast<BarrierKind>(node.at("barrier").one_of(kBarriers))});
}

Statement read_tlbi(const JsonNode& node) {
  const Words names = instruction_names();
  const auto which = node.object(with_source({"tlbi", "range", "level"})).at("tlbi").one_of(names);
  const Instruction& instruction = instruction_named(names[which]);
  const auto range = range_argument(node.at("range"));
  return ranged(primitive(TlbiAction{names[which], instruction.reach == Reach::all_cpus,
                                     instruction.leaf_only, range.word, hint_of(node)}),
                node);
}

Statement read_ipi(const JsonNode& node) {
  const bool send = node.object(with_source({"ipi-flush", "range", "leaf"}))
                        .at("ipi-flush")
                        .one_of({"send", "wait"}) == 0;
  if (send) {
    const auto range = range_argument(node.at("range"));
    return ranged(primitive(IpiAction{true, leaf_only(node), range.word}), node);
  }
  for (const char* key : {"range", "leaf"})
    if (node.has(key)) node.fail(fmt::format("\"{}\" goes with \"ipi-flush\": \"send\" only", key));
  return primitive(IpiAction{false});
}

Statement read_notify(const JsonNode& node) {
  const auto kind = node.object(with_source({"notify", "range", "mm"}))
                        .at("notify")
                        .one_of({kNotifyNames.begin(), kNotifyNames.end()});
  const auto notify = static_cast<NotifyKind>(kind);
  RangeArgument range{Range::mm, {}};  // an address space that goes, goes as a whole
  if (notify != NotifyKind::release || node.has("range")) range = range_argument(node.at("range"));
  const auto mm = node.get("mm");
  return {Notify{notify, std::move(range), mm && mm->one_of({"known", "current"}) == 1}, "", ""};
}

Statement read_context(const JsonNode& node) {
  const auto op = node.object(with_source({"context"}))
                      .at("context")
                      .one_of({"atomic", "sleepable", "last-user"});
  return primitive(ContextAction{static_cast<ContextOp>(op)});
}

Statement read_page(const JsonNode& node) {
  const auto op = node.object(with_source({"page", "which"}))
                      .at("page")
                      .one_of({"alloc", "find", "get", "put", "copy", "rmap-remove",
                               "map-elsewhere", "move-elsewhere"});
  const bool is_new = node.at("which").one_of({"old", "new"}) == 1;
  const auto page_op = static_cast<PageOp>(op);
  const bool brings = page_op == PageOp::alloc || page_op == PageOp::find;
  const bool either = page_op == PageOp::put || page_op == PageOp::copy;
  if (!either && brings != is_new)
    node.at("which").fail(fmt::format("expected \"{}\" for this action", brings ? "new" : "old"));
  return primitive(PageAction{page_op, is_new ? Which::new_page : Which::old_page});
}

Statement read_gather(const JsonNode& node) {
  const auto op =
      node.object(with_source({"gather", "range"})).at("gather").one_of({"begin", "add", "end"});
  const auto range = node.get("range");
  if (range && static_cast<GatherOp>(op) != GatherOp::add)
    range->fail("\"range\" goes with \"gather\": \"add\" only");
  return ranged(primitive(GatherAction{static_cast<GatherOp>(op)}), node);
}

Statement read_batch(const JsonNode& node) {
  const auto op = node.object(with_source({"batch"})).at("batch").one_of({"add", "end"});
  return primitive(BatchAction{static_cast<BatchOp>(op)});
}

Statement read_rely(const JsonNode& node) {
  const auto fact = node.object(with_source({"rely"})).at("rely").one_of({"no-write", "no-access"});
  return primitive(RelyAction{static_cast<Fact>(fact)});
}

Statement read_call(const JsonNode& node) {
  Call call{node.object(with_source({"call", "with"})).at("call").string(), {}, {}};
  if (const auto with = node.get("with"))
    for (const auto& [name, value] : with->members()) {
      const bool is_address = value.value().is_string() && !value.string().starts_with("$");
      if (is_address)
        call.addresses[name] = address(value);
      else
        call.arguments[name] = bool_argument(value);
    }
  return {std::move(call), "", ""};
}

Statement read_choose(const JsonNode& node) {
  Choose choose;
  for (const auto& [label, body] : node.object(with_source({"choose"})).at("choose").members())
    choose.branches.emplace_back(label, read_body(body));
  if (choose.branches.empty()) node.at("choose").fail("expected at least one branch");
  return {std::move(choose), "", ""};
}

Statement read_if(const JsonNode& node) {
  If result{PteTest::none, true, {}, {}};
  read_condition(node.object(with_source({"if", "then", "else"})).at("if"), result);
  result.then_body = read_body(node.at("then"));
  if (const auto otherwise = node.get("else")) result.else_body = read_body(*otherwise);
  return {std::move(result), "", ""};
}

// Of a driver, which sees addresses and nothing else.
Statement read_driver_if(const JsonNode& node) {
  If result{PteTest::none, true, {}, {}};
  const JsonNode condition = node.object(with_source({"if", "then", "else"})).at("if");
  read_condition(condition, result);
  if (!std::holds_alternative<AddressTest>(result.test))
    condition.fail("expected {\"address\": EXPRESSION}, or \"not\" of one, in a driver");
  result.then_body = read_driver_body(node.at("then"));
  if (const auto otherwise = node.get("else")) result.else_body = read_driver_body(*otherwise);
  return {std::move(result), "", ""};
}

Statement read_let(const JsonNode& node) {
  Let let;
  for (const auto& [name, value] : node.object(with_source({"let"})).at("let").members()) {
    check_address_name(value, name);
    let.values.emplace_back(name, address(value));
  }
  if (let.values.empty()) node.at("let").fail("expected at least one name");
  return {std::move(let), "", ""};
}

Statement read_loop(const JsonNode& node) {
  return {Loop{read_body(node.object(with_source({"loop"})).at("loop"))}, "", ""};
}

Statement read_return(const JsonNode& node) {
  if (!node.object(with_source({"return"})).at("return").boolean())
    node.at("return").fail("expected true");
  return {Return{}, "", ""};
}

Statement read_smmu(const JsonNode& node) {
  const auto op = static_cast<SmmuOp>(node.object(with_source({"smmu", "leaf", "level", "range"}))
                                          .at("smmu")
                                          .one_of({"tlbi", "sync", "atc-inv", "atc-sync", "stop"}));
  for (const char* key : {"leaf", "level"})
    if (op != SmmuOp::tlbi && node.has(key))
      node.fail(fmt::format("\"{}\" goes with \"smmu\": \"tlbi\" only", key));
  if (op != SmmuOp::tlbi && op != SmmuOp::atc_inv && node.has("range"))
    node.at("range").fail("\"range\" goes with the commands tlbi and atc-inv only");
  return ranged(primitive(SmmuAction{op, leaf_only(node), hint_of(node)}), node);
}

Statement read_statement(const JsonNode& node, const Readers& readers) {
  Words names;
  if (!node.value().is_object())
    node.fail(fmt::format("expected an action (an object), found {}", node.value().type_name()));
  for (const auto& [name, reader] : readers) {
    names.push_back(name);
    if (!node.has(name)) continue;
    // Names of actions are no arguments' keys, so the first match names the action.
    Statement statement = reader(node);
    if (const auto at = node.get("at")) statement.at = at->string();
    if (const auto about = node.get("about")) about->string();
    statement.path = node.path();
    return statement;
  }
  std::string first;
  for (const auto& [key, unused] : node.value().items())
    if (first.empty() && key != "at" && key != "about") first = key;
  node.fail(fmt::format("unknown action \"{}\"{}, expected one of: {}", first,
                        suggestion(first, names), fmt::join(names, ", ")));
}

Body read_statements(const JsonNode& node, const Readers& readers) {
  Body body;
  for (const auto& element : node.elements()) body.push_back(read_statement(element, readers));
  return body;
}

Statement read_graph_action(const JsonNode& node) {
  return {read_graph(node.object(with_source({"graph"})).at("graph")), "", ""};
}

}  // namespace

EntryLevel entry_level(const JsonNode& node) {
  return static_cast<EntryLevel>(node.one_of({kEntryLevelNames.begin(), kEntryLevelNames.end()}));
}

void check_address_name(const JsonNode& node, const std::string& name) {
  if (!is_address_name(name))
    node.fail(fmt::format(
        "expected an identifier that is no constant and no function, found \"{}\"", name));
  for (const auto* reserved : {&kAddressNames, &kRangeNames})
    if (std::find(reserved->begin(), reserved->end(), name) != reserved->end())
      node.fail(fmt::format("the name \"{}\" is taken, expected another one", name));
}

Addresses read_addresses(const JsonNode& node, const AddressExpr& entry_size) {
  Addresses result;
  result.entry_size = entry_size;
  node.object({"names", "where", "entry_size"});
  if (const auto names = node.get("names"))
    for (const auto& name : names->elements()) {
      check_address_name(name, name.string());
      if (std::find(result.names.begin(), result.names.end(), name.string()) != result.names.end())
        name.fail(fmt::format("the name \"{}\" is given twice", name.string()));
      result.names.push_back(name.string());
    }
  const auto read = [&](const JsonNode& text, const Words& more) {
    AddressExpr e = address(text);
    Words known = result.names;
    known.insert(known.end(), more.begin(), more.end());
    for (const auto& name : names_of(e))
      if (std::find(known.begin(), known.end(), name) == known.end())
        text.fail(fmt::format("no address \"{}\" here{}, expected one of: {}", name,
                              suggestion(name, known), fmt::join(known, ", ")));
    return e;
  };
  if (const auto size = node.get("entry_size")) result.entry_size = read(*size, {});
  if (const auto where = node.get("where"))
    for (const auto& text : where->elements()) result.where.push_back(read(text, kAddressNames));
  return result;
}

Body read_body(const JsonNode& node) {
  static const Readers readers{
      {"if", read_if},         {"lock", read_lock},         {"unlock", read_unlock},
      {"pte", read_pte},       {"table", read_table},       {"barrier", read_barrier},
      {"tlbi", read_tlbi},     {"ipi-flush", read_ipi},     {"notify", read_notify},
      {"page", read_page},     {"gather", read_gather},     {"batch", read_batch},
      {"rely", read_rely},     {"context", read_context},   {"call", read_call},
      {"choose", read_choose}, {"loop", read_loop},         {"return", read_return},
      {"let", read_let},       {"graph", read_graph_action}};
  return read_statements(node, readers);
}

void read_condition(const JsonNode& node, If& result) {
  if (node.has("not")) {
    node.object({"not"});
    result.value = !result.value;
    read_condition(node.at("not"), result);
  } else if (node.has("pte")) {
    const auto test = node.object({"pte"}).at("pte").one_of(
        {"none", "absent", "present", "readonly", "writable", "same"});
    result.test = static_cast<PteTest>(test);
  } else if (node.has("table")) {
    const auto test = node.object({"table"}).at("table").one_of({"none", "present"});
    result.test = TableTest{test == 0 ? PteTest::none : PteTest::present};
  } else if (node.has("param")) {
    result.test = StaticTest{false, node.object({"param", "is"}).at("param").string()};
    if (!node.at("is").boolean()) result.value = !result.value;
  } else if (node.has("option")) {
    result.test = StaticTest{true, node.object({"option"}).at("option").string()};
  } else if (node.has("address")) {
    result.test = AddressTest{address(node.object({"address"}).at("address"))};
  } else if (node.has("gather")) {
    const auto which = node.object({"gather"}).at("gather").one_of({"nested", "pending"});
    result.test = which == 0 ? FlagTest::gather_nested : FlagTest::gather_pending;
  } else if (node.has("batch")) {
    node.object({"batch"}).at("batch").one_of({"pending"});
    result.test = FlagTest::batch_pending;
  } else {
    node.fail(
        "expected a condition: an object with one of the keys pte, table, param, option, address, "
        "gather, batch, not");
  }
}

Body read_driver_body(const JsonNode& node) {
  static const Readers readers{
      {"if", read_driver_if}, {"smmu", read_smmu}, {"barrier", read_barrier}, {"let", read_let}};
  return read_statements(node, readers);
}

}  // namespace tlbmc
