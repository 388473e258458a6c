// The reader of litmus files: what it takes, and that what is malformed gets one clear line.
#include <fmt/format.h>

#include <algorithm>

#include "litmus/expectation.h"
#include "litmus/test.h"
#include "support.h"

namespace tlbmc::litmus {

namespace {

using tlbmc::test::need;
using tlbmc::test::ScratchFile;

TEST_SUITE_BEGIN("litmus.parse");

std::string error(const std::string& text) {
  const auto parsed = parse_test(text, "t.litmus");
  if (parsed.ok()) return "";
  return parsed.error().text();
}

TEST_CASE("all that the format has") {
  const Test test = need(parse_test(R"litmus(AArch64 All.of+it
"a remark (* with a comment (* in it *) *)"
TTHM=P1:HA HD
EL0=P0
Variant=vmsa,fatal
{
 int64_t y=0x10; [z]=x; PTE(x)=(oa:PA(y), valid:0, af:0); pte_w=(db:0,dbm:1);
 0:X0=(oa:phy_x); pteval_t 1:X3; P1:X4=PTE(x);
}
 P0          | P1                  | P1.F     ;
 L0: L1:     | L9: LDR X0,[X4]     | NOP      ;
 MOV W0,#-1  | EOR W5,W6,W6        |          ;
             | LDR W7,[X4,W5,SXTW] |          ;
locations [0:X0; fault(P1:L9,x); y;]
exists (0:X0=1 /\ ~(fault(P0:L0,x,MMU:Permission) \/ 1:X7<>x) \/ [PTE(x)]=(oa:PA(x)))
)litmus",
                                    "t.litmus"));
  CHECK(test.name == "All.of+it");
  REQUIRE(test.threads.size() == 2);
  CHECK(test.threads[0].walker.unprivileged);
  CHECK(test.threads[0].walker.sets_dirty);  // HD alone names every thread
  CHECK(test.threads[1].walker.sets_access_flag);
  CHECK(test.threads[1].has_handler);
  REQUIRE(test.threads[0].code.size() == 1);
  CHECK(test.threads[0].code[0].labels == std::vector<std::string>{"L0", "L1"});
  CHECK(test.threads[0].code[0].line == 12);
  CHECK(test.threads[0].code[0].operand.number == UINT64_MAX);
  CHECK(test.text(test.threads[0].registers.at(0)) == "(oa:PA(x))");
  const auto memory = [&](const std::string& location) {
    for (const auto& [where, value] : test.memory)
      if (test.text(where) == location) return test.text(value);
    return std::string("nothing");
  };
  CHECK(memory("PTE(x)") == "(oa:PA(y), af:0, valid:0)");
  CHECK(memory("PTE(w)") == "(oa:PA(w), db:0, dbm:1)");
  CHECK(memory("y") == "16");
  CHECK(memory("z") == "x");
  CHECK(test.locations.size() == 3);
  CHECK(test.unsupported.empty());
}

TEST_CASE("malformed: the line, and what was expected") {
  const std::string init = "AArch64 T\n{ 0:X1=x; }\n";
  CHECK(error("") == "t.litmus: line 1: expected an initial state in braces { }");
  CHECK(error("ARM T\n{}\nP0;\nNOP;\nexists true") ==
        "t.litmus: line 1: expected \"AArch64 NAME\" in the first line");
  CHECK(error("AArch64 T\n{ 0:X1=x; ").find("line 2: the initial state is not closed") !=
        std::string::npos);
  CHECK(error("AArch64 T (* \n{}").find("line 1: this comment is not closed") != std::string::npos);
  CHECK(error(init + "P0;\nLDR W0,[X1;\nexists true") ==
        "t.litmus: line 4: expected \"]\", found the end");
  CHECK(error(init + "P0;\nNOP\nexists true").find("line 4: expected a row") != std::string::npos);
  CHECK(error(init + "P0;\nNOP|NOP;\nexists true") ==
        "t.litmus: line 4: expected 1 cells in this row, found 2");
  CHECK(error(init + "P0;\nB L0;\nexists true") ==
        "t.litmus: line 4: there is no label L0 in this thread");
  CHECK(error(init + "P0;\nNOP;\nexists (0:X0=1") ==
        "t.litmus: line 5: expected \")\", found the end");
  CHECK(error(init + "P0;\nNOP;\nexists (9:X0=1)") == "t.litmus: condition: there is no thread 9");
  CHECK(error(init + "P0;\nNOP;\nexists true\nmore") ==
        "t.litmus: line 6: expected the end of the test after its condition");
  CHECK(error("AArch64 T\n{ x=99999999999999999999; }\nP0;\nNOP;\nexists true") ==
        "t.litmus: line 2: this number does not fit 64 bits");
  CHECK(error("AArch64 T\n{ PTE(x)=(valid:2); }\nP0;\nNOP;\nexists true") ==
        "t.litmus: line 2: expected 0 or 1, found 2");
  CHECK(error("AArch64 T\x1b[31m\n{}\nP0;\nNOP;\nexists true") ==
        "t.litmus: line 1: expected a name of printable characters after AArch64");
  CHECK(error("AArch64 T\nTTHM=P7:HA\n{}\nP0;\nNOP;\nexists true") ==
        "t.litmus: header: expected threads of the test, found \"P7\"");
}

// Each line of the first part is well-formed without what it is about.
TEST_CASE("names that nothing defines, and what is said twice") {
  const std::string program = "P0;\nL0: LDR X0,[X1];\n";
  const auto condition = [&](const std::string& text) {
    return error("AArch64 T\n{ 0:X1=x; }\n" + program + text);
  };
  CHECK(condition("exists (fault(P0:L0,x) /\\ 0:X0=x /\\ x=1 /\\ PTE(x)=(oa:PA(x)))").empty());
  CHECK(condition("exists fault(P0:L9,x)") == "t.litmus: condition: there is no label L9 in P0");
  for (const char* text : {"fault(P0:L0,q)", "0:X0=q", "q=1", "PTE(q)=(valid:0)", "x=(oa:PA(q))"})
    CHECK(condition(std::string("exists ") + text) ==
          "t.litmus: condition: no page \"q\" is in the initial state");
  CHECK(condition("locations [q;]\nexists true").find("no page \"q\"") != std::string::npos);
  CHECK(condition("filter (q=1)\nexists true").find("no page \"q\"") != std::string::npos);
  CHECK(condition("exists fault(P0:L0,PMD(x))").find("expected a page, or PTE(x)") !=
        std::string::npos);
  CHECK(condition("exists fault(P0:L0,x,x)").find("a second page") != std::string::npos);
  const auto initial = [&](const std::string& text) {
    return error("AArch64 T\n" + text + "\n" + program + "exists true");
  };
  CHECK(initial("{ 5:X1=x; }") == "t.litmus: there is no column of instructions for P1");
  CHECK(error("AArch64 T\n{ 0:X1=x; }\nP0 | P2;\nNOP | NOP;\nexists true") ==
        "t.litmus: there is no column of instructions for P1");
  CHECK(initial("{ x=1; [x]=2; }") == "t.litmus: line 2: x is given twice");
  CHECK(initial("{ 0:X1=x; 0:X1=x; }") == "t.litmus: line 2: 0:X1 is given twice");
  CHECK(initial("{ pte_x=(valid:0); PTE(x)=(valid:0); }") ==
        "t.litmus: line 2: PTE(x) is given twice");
  CHECK(initial("Tables=x+z\n{ PMD(x)=(valid:0); z=1; }").empty());
  CHECK(initial("Tables=x+z\n{ PMD(x)=(valid:0); PMD(z)=(valid:1); }").find("another name") !=
        std::string::npos);
  CHECK(initial("Tables=x+z,x\n{ x=1; z=1; }") ==
        "t.litmus: header: Tables=: page x is given twice");
  CHECK(initial("Tables=x+q\n{ x=1; }").find("no page \"q\"") != std::string::npos);
  CHECK(initial("Tables=x\n{ PMD(x)=(af:0); }").find("only \"valid\" has a meaning") !=
        std::string::npos);
  CHECK(initial("EL0=P0\nEL0=P0\n{ x=1; }") == "t.litmus: line 3: EL0= is given twice");
}

TEST_CASE("header lines that nobody reads") {
  const auto reason = [](const std::string& line) {
    const auto test = need(
        parse_test("AArch64 T\n" + line + "\n{ 0:X1=x; }\nP0;\nNOP;\nexists true", "t.litmus"));
    return test.unsupported.empty() ? std::string() : test.unsupported.front();
  };
  CHECK(reason("Hash=abc").empty());
  CHECK(reason("a remark, with x=1 in it").empty());
  CHECK(reason("Devise=P1") == "header line DEVISE=");
  CHECK(reason("MT=NC") == "header line MT=");
  CHECK(reason("Variant=ets0") == "variant ets0");
  CHECK(reason("Variant=\xff") == "variant ?");
  CHECK(reason("Variant=skip,handled") == "variants that handle faults in two ways");
}

TEST_CASE("devices make accesses, and BTM is yes or no") {
  const auto device = [](const std::string& header, const std::string& instruction) {
    return parse_test(
        "AArch64 T\n" + header + "\n{ 0:X1=x; }\nP0;\n" + instruction + ";\nexists true",
        "t.litmus");
  };
  CHECK(device("Device=P0", "LDR X0,[X1]").ok());
  for (const char* instruction : {"DSB ISH", "TLBI VMALLE1IS", "CMD SYNC", "LDAR X0,[X1]"})
    CHECK(device("ATS=P0", instruction).error().text() ==
          fmt::format("t.litmus: line 5: P0 is a device: expected LDR, STR or MOV, found \"{}\"",
                      instruction));
  CHECK(error("AArch64 T\nDevice=P0\n{ 0:X1=x; }\nP0 | P0.F;\nNOP | NOP;\nexists true") ==
        "t.litmus: header: P0 is a device, which has no fault handler");
  CHECK(need(device("BTM=yes", "NOP")).btm);
  CHECK_FALSE(need(device("BTM=no", "NOP")).btm);
  CHECK(device("BTM=maybe", "NOP").error().text().find("expected BTM=yes or BTM=no") !=
        std::string::npos);
}

TEST_CASE("instructions that are none") {
  const auto instruction = [](const std::string& text) {
    return error("AArch64 T\n{ 0:X1=x; }\nP0;\n" + text + ";\nexists true");
  };
  for (const char* good : {"ISB", "ISB SY", "LSL W4,W4,#31", "MOV W5,W1", "LDR W0,[X1,W2,UXTW]"})
    CHECK(instruction(good).empty());
  for (const char* bad :
       {"ISB FOO", "LSL W4,W4,#32", "LSR X4,X4,#64", "MOV W5,X1", "ADD X5,X1,W2", "CAS W0,X2,[X1]",
        "MOV W2,#0x1ffffffff", "LDR W0,[X1,W2]", "TLBI VAE1,W1"})
    CHECK(instruction(bad).starts_with("t.litmus: line 4: "));
}

TEST_CASE("files that are none") {
  const auto loaded = load_test("/dev/null");
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().message == "is not a regular file");
  CHECK(load_expectations("/").error().message == "is not a regular file");
}

TEST_CASE("hostile: deep, long, endless") {
  const std::string init = "AArch64 T\n{ 0:X1=x; }\n";
  const std::string deep(5000, '(');
  CHECK(error(init + "P0;\nNOP;\nexists " + deep).find("nested deeper") != std::string::npos);
  CHECK(error(init + "P0;\nNOP;\nexists " + std::string(5000, '~')).find("nested deeper") !=
        std::string::npos);
  std::string rows;
  for (int i = 0; i < 1000; ++i) rows += "NOP;\n";
  CHECK(error(init + "P0;\n" + rows + "exists true").find("more than 200 rows") !=
        std::string::npos);
  std::string names = "AArch64 T\n{";
  for (int i = 0; i < 1000; ++i) names += "n" + std::to_string(i) + "=1;";
  CHECK(error(names + "}\nP0;\nNOP;\nexists true").find("more than 500 names") !=
        std::string::npos);
  CHECK(error(std::string(kMaxLitmusBytes + 1, ' ')).find("larger than") != std::string::npos);
}

TEST_CASE("tables of expected verdicts") {
  const auto load = [](const std::string& text) {
    const ScratchFile file(text);
    const auto loaded = load_expectations(file.name());
    return loaded.ok() ? std::string() : loaded.error().path + ": " + loaded.error().message;
  };
  const std::string head = "file\tclass\tfeatures\tverdict_no_ETS\tverdict_ETS2\tnotes\n";
  const ScratchFile test("AArch64 T");
  const std::string name = test.name();
  CHECK(load(head + name + "\tINV\t\tAllowed\t\twhy\n").empty());
  CHECK(load(head).find("names no test") != std::string::npos);
  CHECK(load(head + name + "\tINV\n") ==
        "line 2: expected at least five columns, separated by tabs");
  CHECK(load(head + name + "\tINV\t\tallowed\t\t\n").find("line 2: expected Allowed") == 0);
  const std::string twice = name + "\tI\t\tAllowed\t\t\n";
  CHECK(load(head + twice + twice) == "line 3: " + name + " is given twice");
  CHECK(load(head + "nowhere.litmus\tI\t\tAllowed\t\t\n") ==
        "line 2: there is no file nowhere.litmus");
  CHECK(load("file\tclass\tfeatures\tverdict_ETS2\tverdict_no_ETS\n" + twice) ==
        "line 1: expected the columns file, class, features, verdict_no_ETS, verdict_ETS2");
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::litmus
