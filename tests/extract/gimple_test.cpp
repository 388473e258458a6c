// The parser of GIMPLE text, and its lowering to event graphs.
#include <algorithm>

#include "extract/dump_text.h"
#include "support.h"
#include "tools/extract/gimple_lower.h"
#include "tools/extract/gimple_parser.h"
#include "tools/extract/gimple_term.h"

namespace tlbmc::extract {

namespace {

using test::sample_dump;

TEST_SUITE_BEGIN("extract.gimple");

const EventRules& arm64_rules() {
  static const EventRules rules =
      load_event_rules(test::source_file("cases/extract/events/arm64.json")).value();
  return rules;
}

Function lowered(const gimple::Function& function) {
  static const SourcePaths paths("/tree", "/build");
  static const BitFields bits{{"vm", {"a", "b", "c", "d", "e"}}};
  return lower(function, {arm64_rules(), paths, bits, "mm/a.c"});
}

std::string refusal(const std::string& text) {
  const auto result = capture("x.ssa", [&] {
    for (const gimple::Function& function : gimple::parse_dump(text)) lowered(function);
    return true;
  });
  return result.ok() ? "" : result.error().text();
}

std::string changed(const std::string& from, const std::string& to) {
  std::string text = sample_dump();
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const Node* event_named(const Function& function, const std::string& rule) {
  for (const Node& node : function.nodes)
    if (node.event && node.event->rule == rule) return &node;
  return nullptr;
}

TEST_CASE("functions, blocks and statements") {
  const auto functions = gimple::parse_dump(sample_dump());
  REQUIRE(functions.size() == 2);
  const gimple::Function& choose = functions[0];
  CHECK(choose.name == "choose");
  REQUIRE(choose.parameters.size() == 3);
  CHECK(choose.parameters[1].name == "x");
  CHECK(choose.parameters[1].type == "long unsigned int");
  CHECK(choose.parameters[2].name == "cb");
  REQUIRE(choose.blocks.size() == 6);
  CHECK(choose.blocks[0].successors == std::vector<int>{5, 3, 4});
  const auto& cases = choose.blocks[0].statements.at(0).cases;
  REQUIRE(cases.size() == 4);
  CHECK(cases[2].constants == "3 ... 7");
  CHECK(cases[2].label == "<L1>");
  const auto& asm_goto = choose.blocks[3].statements.back();
  CHECK(asm_goto.assembly.jumps);
  CHECK(asm_goto.assembly.text == "jmp %l1; .pushsection x,\"aw\"\n.previous");
  CHECK(asm_goto.assembly.labels == std::vector<std::string>{"out"});
  REQUIRE(asm_goto.assembly.inputs.size() == 2);
  CHECK(asm_goto.assembly.inputs[1].kind == gimple::Term::Kind::string);
  CHECK(choose.blocks[5].successors.empty());
  CHECK_FALSE(choose.blocks[5].to_exit);
}

TEST_CASE("operands") {
  const auto kind_of = [](const char* text) { return gimple::parse_term(text, 1).kind; };
  using Kind = gimple::Term::Kind;
  CHECK(kind_of("x_5(D)") == Kind::name);
  CHECK(gimple::parse_term("-4096", 1).value == ~std::uint64_t{4095});
  CHECK(gimple::parse_term("0B", 1).value == 0);
  CHECK(kind_of("(struct pte_t *) x_5(D)") == Kind::cast);
  CHECK(kind_of("(void (*<T1>) (int)) x_5(D)") == Kind::cast);
  CHECK(kind_of("&v_1(D)->a[i_2].b") == Kind::address);
  CHECK(kind_of("(*p_1)[3]") == Kind::element);
  CHECK(kind_of("VIEW_CONVERT_EXPR<long unsigned int>(pte)") == Kind::cast);
  CHECK(kind_of("a_1 != 0 ? b_2 : c_3") == Kind::conditional);
  CHECK(kind_of(".ADD_OVERFLOW (a_1, b_2)") == Kind::call);
  const auto memory = gimple::parse_term("MEM[(volatile struct pte_t *)ptep_2(D) + 8B]", 1);
  CHECK(memory.kind == Kind::dereference);
  CHECK(memory.text == "volatile struct pte_t");
}

TEST_CASE("values go through SSA names, structs and loops") {
  const Function raise = lowered(gimple::parse_dump(sample_dump())[1]);
  CHECK(raise.file == "a.c");
  CHECK(raise.line == 10);
  const auto call = std::find_if(raise.nodes.begin(), raise.nodes.end(), [](const Node& node) {
    return node.call && node.call->callee == "__cmpxchg";
  });
  REQUIRE(call != raise.nodes.end());
  CHECK(to_text(raise, call->call->arguments[0]) == "&ptep->pte");
  // What entry is after any number of rounds: the parameter, or what a round made of it.
  const Expression& member = raise.expressions.at(call->call->arguments[2]);
  CHECK(member.text == ".pte");
  const Expression& entry = raise.expressions.at(member.operands[0]);
  REQUIRE(entry.kind == Expression::Kind::phi);
  REQUIRE(entry.operands.size() == 2);
  CHECK(to_text(raise, entry.operands[0]) == "entry");
  CHECK(to_text(raise, entry.operands[1]) == "pte_mkdirty(entry)");
  // r's address is taken, so it stays in memory.
  CHECK(std::any_of(raise.nodes.begin(), raise.nodes.end(), [&](const Node& node) {
    return node.assign && to_text(raise, node.assign->place) == "r.end" &&
           to_text(raise, node.assign->value) == "(addr + 0x1000)";
  }));
}

TEST_CASE("edges say what was decided") {
  const Function choose = lowered(gimple::parse_dump(sample_dump())[0]);
  std::vector<std::string> labels;
  for (const Node& node : choose.nodes)
    if (node.kind == Node::Kind::branch)
      for (const Edge& edge : node.successors) labels.push_back(edge.label);
  std::sort(labels.begin(), labels.end());
  CHECK(labels == std::vector<std::string>{"1", "3 ... 7,9", "default", "fallthrough", "out"});
  CHECK(std::any_of(choose.nodes.begin(), choose.nodes.end(),
                    [](const Node& node) { return node.kind == Node::Kind::stop; }));
}

TEST_CASE("a mask over bit-fields is a test of each") {
  const auto functions = gimple::parse_dump(test::gimple_function(
      "f", {"_11 = BIT_FIELD_REF <*ptep_4(D), 64, 256>;", "_12 = _11 & 5;", "if (_12 != 0)"}));
  static const SourcePaths paths("/tree", "/build");
  const BitFields bits{{"pte_t", {"fullmm", "need", "freed"}}};
  const Function f = lower(functions[0], {arm64_rules(), paths, bits, "mm/a.c"});
  const auto branch = std::find_if(f.nodes.begin(), f.nodes.end(), [](const Node& node) {
    return node.kind == Node::Kind::branch;
  });
  REQUIRE(branch != f.nodes.end());
  CHECK(to_text(f, branch->branch->condition) == "(flags(ptep->fullmm, ptep->freed) != 0)");
}

TEST_CASE("events have lines, relative to the tree") {
  const auto functions = gimple::parse_dump(test::gimple_function(
      "ptep_set_access_flags", {"slot_1 = &ptep_4(D)->pte;", "__cmpxchg (slot_1, 0, 1, 8);"}));
  const Function f = lowered(functions[0]);
  const Node* node = event_named(f, "upgrade-pte");
  REQUIRE(node != nullptr);
  CHECK(node->at == "mm/example.c:10");
  CHECK(node->event->words.at("op") == "upgrade");
}

TEST_CASE("what is damaged is refused, with its line") {
  CHECK(refusal("").find("not a dump") != std::string::npos);
  CHECK(refusal(sample_dump()).empty());
  const auto refused = [](const std::string& from, const std::string& to, const std::string& what) {
    const std::string message = refusal(changed(from, to));
    CAPTURE(message);
    CHECK(message.starts_with("x.ssa: line "));
    CHECK(message.find(what) != std::string::npos);
  };
  refused(";;    succ:       6\n\n;;   basic block 4", "\n;;   basic block 4", "successors");
  refused(";;    pred:       2\n;;   starting at line 7\n[a.c:7:54]",
          ";;   starting at line 7\n[a.c:7:54]", "predecessors");
  refused("0(5)>", "0(2)>", "PHI");
  refused("goto <bb 6>", "goto <bb 5>", "not among its successors");
  refused("basic block 4,", "basic block 3,", "there twice");
  refused("_9 = (int) _1", "_8 = (int) _1", "defined twice");
  refused("_3 = addr_1(D) + 4096", "_3 = _99 + 4096", "");
  refused("case 9: <L1>", "case 9: <L8>", "no label");
  refused("int choose (int k", "int other (int k", "declaration of choose");
  // Cut off anywhere, the second function is not complete.
  const std::string whole = sample_dump();
  for (std::size_t size = whole.find(";; Function raise") + 20; size + 3 < whole.size(); size += 37)
    CHECK_FALSE(refusal(whole.substr(0, size)).empty());
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
