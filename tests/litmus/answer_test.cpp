// Answers to litmus tests: those shipped, with their expected verdicts, and what each rule is for.
#include "litmus/answer.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "litmus/ask.h"
#include "litmus/expectation.h"
#include "support.h"

namespace tlbmc::litmus {

namespace {

using tlbmc::test::need;
using tlbmc::test::source_file;

TEST_SUITE_BEGIN("litmus.answer");

struct Shipped {
  std::string file;
  Expectation expectation;
};
std::vector<Shipped> shipped() {
  std::vector<Shipped> result;
  for (const auto& [file, expectation] :
       need(load_expectations(source_file("cases/litmus/index.tsv"))))
    result.push_back({file, expectation});
  return result;
}

TEST_CASE("every shipped test has its expected verdict, and every file is listed") {
  const auto tests = shipped();
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_file("cases/litmus")))
    files += entry.path().extension() == ".litmus" ? 1 : 0;
  CHECK(tests.size() == files);
  for (const Shipped& test : tests) {
    INFO(test.file);
    for (const auto& [ets, expected] : test.expectation.verdicts) {
      const Answer found = answer(need(load_test(test.file)), at(ets));
      INFO(found.reason);
      CHECK(verdict_name(found.verdict) == verdict_name(expected));
    }
  }
}

// Item by item of the table of mutations: dropping a rule changes some verdict, unless nothing can.
TEST_CASE("every rule that is dropped is noticed by a shipped test") {
  std::vector<Test> tests;
  for (const Shipped& test : shipped()) tests.push_back(need(load_test(test.file)));
  const auto verdicts = [&](const AnswerOptions& options) {
    std::vector<Verdict> result;
    result.reserve(tests.size());
    for (const Test& test : tests) {
      result.push_back(answer(test, options).verdict);
      REQUIRE((result.back() == Verdict::allowed || result.back() == Verdict::forbidden));
    }
    return result;
  };
  const auto none = verdicts(at(Ets::none)), ets2 = verdicts(at(Ets::ets2));
  for (const RuleText& text : kRules) {
    INFO(std::string(text.name));
    AnswerOptions without = at(Ets::none), without2 = at(Ets::ets2);
    without.rules = without.rules.without(text.rule);
    without2.rules = without2.rules.without(text.rule);
    const bool noticed = verdicts(without) != none || verdicts(without2) != ets2;
    CHECK(noticed == !text.equivalent);
  }
}

TEST_CASE("walks that follow a path reach no leaf entry of a table that nothing points to") {
  const Test test = need(load_test(source_file("cases/litmus/unreachable-leaf.litmus")));
  AnswerOptions path = at(Ets::none);
  path.walks = Walks::path;
  CHECK(answer(test, path).verdict == Verdict::forbidden);
  CHECK(answer(test, at(Ets::none)).verdict == Verdict::allowed);
}

// Message passing without virtual memory: two of four states need an order that nobody gives.
constexpr const char* kMessage = R"(AArch64 MP
{ 0:X1=x; 0:X3=y; 1:X1=y; 1:X3=x; }
 P0          | P1          ;
 MOV W0,#1   | LDR W0,[X1] ;
 STR W0,[X1] | @READER     ;
 @WRITER     | LDR W2,[X3] ;
 STR W0,[X3] |             ;
exists (1:X0=1 /\ 1:X2=0)
)";
std::string message(const std::string& writer, const std::string& reader) {
  std::string text = kMessage;
  text.replace(text.find("@WRITER"), 7, writer);
  return text.replace(text.find("@READER"), 7, reader);
}

TEST_CASE("final states: all of them, each once") {
  AnswerOptions options;
  options.states = true;
  const Answer weak = ask(message("NOP", "NOP"), options);
  CHECK(weak.verdict == Verdict::allowed);
  CHECK(weak.states == std::vector<std::string>{"1:X0=0; 1:X2=0;", "1:X0=0; 1:X2=1;",
                                                "1:X0=1; 1:X2=0;", "1:X0=1; 1:X2=1;"});
  CHECK(weak.positive == 1);
  const Answer strong = ask(message("DMB ISH", "DMB ISH"), options);
  CHECK(strong.verdict == Verdict::forbidden);
  CHECK(strong.states.size() == 3);
  CHECK(strong.positive == 0);
  CHECK(ask(message("DMB ISHLD", "DMB ISH")).verdict == Verdict::allowed);
  CHECK(ask(message("DMB ISHST", "DMB ISHLD")).verdict == Verdict::forbidden);
}

TEST_CASE("forall") {
  const std::string test = "AArch64 F\n{ 0:X1=x; x=3; }\nP0;\nLDR W0,[X1];\nforall ";
  CHECK(ask(test + "0:X0=3").verdict == Verdict::required);
  CHECK(ask(test + "0:X0=4").verdict == Verdict::not_required);
}

TEST_CASE("a witness ends where the condition says, in the order of its stores") {
  AnswerOptions options;
  options.witness = true;
  const Answer found = ask(message("NOP", "NOP"), options);
  REQUIRE_FALSE(found.witness.lines.empty());
  const auto column =
      std::find(found.witness.columns.begin(), found.witness.columns.end(), "PA(y)");
  REQUIRE(column != found.witness.columns.end());
  const auto y = static_cast<std::size_t>(column - found.witness.columns.begin());
  CHECK(found.witness.initial[y] == "0");
  CHECK(found.witness.lines.back().cells[y] == "1");
  for (const WitnessLine& line : found.witness.lines) CHECK(line.line >= 4);
}

Answer states_of(const std::string& text) {
  AnswerOptions options;
  options.states = options.witness = true;
  return ask(text, options);
}

TEST_CASE("labels are values: read, stored, compared, shown") {
  const std::string program = R"(AArch64 L
{ 0:X1=x; 0:X3=y; }
 P0                 ;
 L0: L1: ADR X0,L2  ;
 STR X0,[X1]        ;
 L2: LDR X2,[X1]    ;
 ADR X4,L1          ;
locations [0:X0; 0:X4; x;]
)";
  const Answer same = states_of(program + "exists (0:X2=L2)");
  CHECK(same.verdict == Verdict::allowed);
  CHECK(same.states == std::vector<std::string>{"0:X0=P0:L2; 0:X2=P0:L2; 0:X4=P0:L0; [x]=P0:L2;"});
  CHECK(ask(program + "exists (0:X2=L0)").verdict == Verdict::forbidden);
  CHECK(ask(program + "exists (0:X4=L0 /\\ 0:X4=L1)").verdict == Verdict::allowed);  // one place
  CHECK(ask(program + "exists (0:X2=y)").verdict == Verdict::forbidden);
  // A label that another thread made is no place in this thread's program.
  const std::string other = R"(AArch64 L
{ 0:X1=x; 1:X1=x; 1:X3=y; PTE(y)=(valid:0); }
 P0             | P1              | P1.F           ;
 NOP            |                 |                ;
 NOP            |                 |                ;
 L0: ADR X0,L0  | LDR X2,[X1]     | MSR ELR_EL1,X2 ;
 STR X0,[X1]    | L1: LDR X4,[X3] | ERET           ;
exists (1:X2=L0))";
  CHECK(ask(other).reason == "ERET to a computed address");
}

TEST_CASE("each type of fault has its own column") {
  const Answer found = states_of(R"(AArch64 T
{ 0:X1=x; 0:X3=1; PTE(x)=(valid:0); 1:X1=PTE(x); 1:X0=(oa:PA(x),db:0); }
 P0              | P1          ;
 L0: STR X3,[X1] | STR X0,[X1] ;
exists (fault(P0:L0,x,MMU:permission) \/ fault(P0:L0,x,MMU:Translation)))");
  CHECK(found.states == std::vector<std::string>{
                            "fault(P0:L0,x,MMU:Permission); ~fault(P0:L0,x,MMU:Translation);",
                            "~fault(P0:L0,x,MMU:Permission); fault(P0:L0,x,MMU:Translation);"});
}

TEST_CASE("rules of PEs are not rules of devices, with a PE as the control") {
  const auto with = [](const std::string& name, const std::string& header) {
    std::ifstream in(source_file("cases/litmus/" + name + ".litmus"));
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto at = text.find("Device=P1");
    REQUIRE(at != std::string::npos);
    return text.replace(at, 9, header);
  };
  const auto verdict = [&](const std::string& text) { return ask(text, at(Ets::ets2)).verdict; };
  CHECK(verdict(with("smmu+map", "Device=P1")) == Verdict::allowed);
  CHECK(verdict(with("smmu+map", "")) == Verdict::forbidden);
  std::string offsets = with("smmu+two-offsets", "Device=P1");
  CHECK(verdict(offsets) == Verdict::allowed);
  for (const auto& [command, tlbi] :
       std::vector<std::pair<std::string, std::string>>{{"DMB OSHST         ", "DSB ISH"},
                                                        {"CMD TLBI_NH_VA,X9", "TLBI VAE1IS,X9"},
                                                        {"CMD SYNC          ", "DSB ISH"}})
    offsets.replace(offsets.find(command), command.size(), tlbi);
  CHECK(verdict(offsets) == Verdict::allowed);  // it does not reach the SMMU
  offsets.replace(offsets.find("Device=P1"), 9, "Device=P1\nBTM=yes");
  CHECK(verdict(offsets) == Verdict::allowed);
  offsets.replace(offsets.find("Device=P1\nBTM=yes"), 17, "");
  CHECK(verdict(offsets) == Verdict::forbidden);
}

// Without the rule a CMD_SYNC does not wait; the commands have their effect.
TEST_CASE("a CMD_SYNC that does not complete commands leaves them their effect") {
  const std::string program = R"(AArch64 S
Device=P1
{ 0:X0=(oa:PA(x),valid:0); 0:X1=PTE(x); 0:X2=x; 0:X6=y; 0:X5=1; 1:X1=x; 1:X6=y; }
 P0                | P1          ;
 LSR X9,X2,#12     | LDR X0,[X1] ;
 STR X0,[X1]       |             ;
 DMB OSHST         |             ;
 CMD TLBI_NH_VA,X9 |             ;
 CMD SYNC          |             ;
exists (~fault(P1,x)))";
  AnswerOptions options;
  options.witness = true;
  options.rules = options.rules.without(Rule::command_sync_completes);
  const Answer found = ask(program, options);
  CHECK(std::any_of(found.witness.lines.begin(), found.witness.lines.end(),
                    [](const auto& line) { return line.actor == "TLB of device P1"; }));
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::litmus
