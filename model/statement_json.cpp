#include "model/statement_json.h"

#include <fmt/format.h>

#include <functional>

namespace tlbmc {

namespace {

using Words = std::vector<std::string>;

const Words kLocks{"ptl", "ptl-new", "mmap", "rmap", "page"};
const Words kRanges{"page", "range", "mm"};
const Words kBarriers{"dsb ishst", "dsb ish", "dsb nshst", "dsb nsh",
                      "isb",       "smp_mb",  "dma_wmb",   "context-switch"};
const Words kTlbis{"vale1is",   "vae1is", "rvale1is", "rvae1is", "aside1is",
                   "vmalle1is", "vale1",  "vae1",     "aside1",  "vmalle1"};
constexpr std::size_t kBroadcastTlbis = 6;  // the first ones of kTlbis

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

Range range_of(const JsonNode& node) {
  return static_cast<Range>(node.at("range").one_of(kRanges));
}

template <typename T>
Statement primitive(T action) {
  return {Primitive{Action{std::move(action)}, {}}, "", ""};
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
  const auto op = node.object(with_source({"pte", "frame", "write", "same-contents", "level"}))
                      .at("pte")
                      .one_of(ops);
  if (const auto level = node.get("level")) level->one_of({"pte", "contiguous"});
  if (ops[op] != "set") {
    for (const char* key : {"frame", "write", "same-contents"})
      if (node.has(key)) node.fail(fmt::format("\"{}\" goes with \"pte\": \"set\" only", key));
  }
  if (ops[op] == "read") return primitive(PteRead{});
  if (ops[op] == "upgrade") return primitive(PteStore{PteOp::upgrade});
  if (ops[op] == "downgrade") return primitive(PteStore{PteOp::downgrade});
  if (ops[op] == "clear") return primitive(PteStore{PteOp::clear});
  if (ops[op] == "migrate") return primitive(PteStore{PteOp::migrate});
  const bool old_frame = node.at("frame").one_of({"old", "new"}) == 0;
  const auto same = node.get("same-contents");
  PteStore store{old_frame ? PteOp::set_old : PteOp::set_new};
  store.same_contents = same && same->boolean();
  Statement statement = primitive(store);
  std::get<Primitive>(statement.what).write = bool_argument(node.at("write"));
  return statement;
}

Statement read_barrier(const JsonNode& node) {
  node.object(with_source({"barrier"}));
  return primitive(BarrierAction{static_cast<BarrierKind>(node.at("barrier").one_of(kBarriers))});
}

Statement read_tlbi(const JsonNode& node) {
  const auto which = node.object(with_source({"tlbi", "range"})).at("tlbi").one_of(kTlbis);
  return primitive(TlbiAction{kTlbis[which], which < kBroadcastTlbis, range_of(node)});
}

Statement read_notify(const JsonNode& node) {
  const auto kind = node.object(with_source({"notify", "range"}))
                        .at("notify")
                        .one_of({"range_start", "range_end", "secondary"});
  range_of(node);
  return {Notify{static_cast<NotifyKind>(kind)}, "", ""};
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
  const auto op = node.object(with_source({"gather"})).at("gather").one_of({"begin", "add", "end"});
  return primitive(GatherAction{static_cast<GatherOp>(op)});
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
  Call call{node.object(with_source({"call", "with"})).at("call").string(), {}};
  if (const auto with = node.get("with"))
    for (const auto& [name, value] : with->members()) call.arguments[name] = bool_argument(value);
  return {std::move(call), "", ""};
}

Statement read_choose(const JsonNode& node) {
  Choose choose;
  for (const auto& [label, body] : node.object(with_source({"choose"})).at("choose").members())
    choose.branches.emplace_back(label, read_body(body));
  if (choose.branches.empty()) node.at("choose").fail("expected at least one branch");
  return {std::move(choose), "", ""};
}

// Fills `test` and `value` of the `If`.
void read_condition(const JsonNode& node, If& result) {
  if (node.has("not")) {
    node.object({"not"});
    result.value = !result.value;
    read_condition(node.at("not"), result);
  } else if (node.has("pte")) {
    const auto test = node.object({"pte"}).at("pte").one_of(
        {"none", "absent", "present", "readonly", "writable", "same"});
    result.test = static_cast<PteTest>(test);
  } else if (node.has("param")) {
    result.test = StaticTest{false, node.object({"param", "is"}).at("param").string()};
    if (!node.at("is").boolean()) result.value = !result.value;
  } else if (node.has("option")) {
    result.test = StaticTest{true, node.object({"option"}).at("option").string()};
  } else if (node.has("gather")) {
    const auto which = node.object({"gather"}).at("gather").one_of({"nested", "pending"});
    result.test = which == 0 ? FlagTest::gather_nested : FlagTest::gather_pending;
  } else if (node.has("batch")) {
    node.object({"batch"}).at("batch").one_of({"pending"});
    result.test = FlagTest::batch_pending;
  } else {
    node.fail(
        "expected a condition: an object with one of the keys pte, param, option, gather, "
        "batch, not");
  }
}

Statement read_if(const JsonNode& node) {
  If result{PteTest::none, true, {}, {}};
  read_condition(node.object(with_source({"if", "then", "else"})).at("if"), result);
  result.then_body = read_body(node.at("then"));
  if (const auto otherwise = node.get("else")) result.else_body = read_body(*otherwise);
  return {std::move(result), "", ""};
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
  const auto op =
      node.object(with_source({"smmu"})).at("smmu").one_of({"tlbi", "sync", "atc-inv", "atc-sync"});
  return primitive(SmmuAction{static_cast<SmmuOp>(op)});
}

using Reader = std::function<Statement(const JsonNode&)>;
using Readers = std::vector<std::pair<std::string, Reader>>;

Statement read_statement(const JsonNode& node, const Readers& readers) {
  Words names;
  if (!node.value().is_object())
    node.fail(fmt::format("expected an action (an object), found {}", node.value().type_name()));
  for (const auto& [name, reader] : readers) {
    names.push_back(name);
    if (!node.has(name)) continue;
    // "page" is an argument value elsewhere, never a key, so the first match names the action.
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

}  // namespace

Body read_body(const JsonNode& node) {
  static const Readers readers{
      {"if", read_if},         {"lock", read_lock},       {"unlock", read_unlock},
      {"pte", read_pte},       {"barrier", read_barrier}, {"tlbi", read_tlbi},
      {"notify", read_notify}, {"page", read_page},       {"gather", read_gather},
      {"batch", read_batch},   {"rely", read_rely},       {"call", read_call},
      {"choose", read_choose}, {"loop", read_loop},       {"return", read_return}};
  return read_statements(node, readers);
}

Body read_driver_body(const JsonNode& node) {
  static const Readers readers{{"smmu", read_smmu}, {"barrier", read_barrier}};
  return read_statements(node, readers);
}

}  // namespace tlbmc
