// Damaged litmus files: never a crash, and what is certainly malformed is always refused.
//
// TLBMC_FUZZ_INPUTS: how many; with 100000 it takes some minutes under the sanitizers.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "litmus/answer.h"
#include "support.h"

namespace tlbmc::litmus {

namespace {

using tlbmc::test::setting;
using tlbmc::test::source_file;

TEST_SUITE_BEGIN("litmus.fuzz");

// What the tests included do not have: labels as values, EL0, handlers, retries, HU, filters.
constexpr const char* kLabels = R"(AArch64 labels
{ 0:X1=x; 0:X3=y; 1:X1=x; }
 P0                  | P1           ;
 L0: ADR X0,L2       | LDR X0,[X1]  ;
 STR X0,[X1]         | L2: NOP      ;
 L2: LDR X2,[X1]     | ADR X4,L2    ;
 CMP X2,X0           | CMP X0,X4    ;
 B.NE L0             | CSET W5,EQ   ;
locations [0:X0; 1:X0; x;]
exists (0:X2=L2 /\ 1:X5=0)
)";
constexpr const char* kUser = R"(AArch64 user
EL0=P0
TTHM=P1:HA
{ 0:X1=x; 0:X3=y; [PTE(x)]=(oa:PA(y),el0:0); 1:X1=PTE(x); 1:X0=(oa:PA(x),af:0); 1:X2=x; 1:X9=x; }
 P0              | P0.F           | P1             ;
 L0: LDR X0,[X1] | LDR X4,[X3]    | STR X0,[X1]    ;
 L1: STR X0,[X3] | ADR X5,L1      | DSB ISHST      ;
                 | MSR ELR_EL1,X5 | LSR X9,X9,#12  ;
                 | ERET           | TLBI VAE1IS,X9 ;
                 |                | DSB ISH        ;
                 |                | LDR W3,[X2]    ;
locations [fault(P0:L0,x,MMU:Permission); PTE(x); y;]
filter (1:X3=0)
exists (fault(P0:L0,x) /\ 0:X0=0)
)";
constexpr const char* kRetry = R"(AArch64 retry
Variant=handled
EL0=P0
{ 0:X1=x; 0:X3=y; 1:X5=PTE(x); 1:X7=(oa:PA(x)); PTE(x)=(oa:PA(x),valid:0); }
 P0              | P1          ;
 L0: LDR W0,[X1] | STR X7,[X5] ;
 CBNZ W0,L1      | DSB ISH     ;
 STR W0,[X3]     |             ;
 L1:             |             ;
locations [fault(P0:L0,x); 0:X0;]
forall (fault(P0:L0,x) \/ 0:X0=0)
)";
constexpr const char* kAtomics = R"(AArch64 atomics
TTHM=HA HD
{ 0:X1=x; 0:X3=y; 1:X1=x; 1:X3=PTE(x); 1:X5=0x400; [PTE(x)]=(oa:PA(x),db:0,dbm:1); x=1; }
 P0                  | P1              ;
 MOV W0,#2           | LDCLR X5,X6,[X3] ;
 SWPA W0,W2,[X1]     | LDR W2,[X1]     ;
 CASAL W2,W0,[X1]    | STADD W2,[X1]   ;
 STLR W2,[X3]        |                 ;
 LDADDA W0,WZR,[X3]  |                 ;
locations [x; y; PTE(x);]
exists (0:X2=1 /\ 1:X2=2)
)";

std::vector<std::string> seeds() {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator(source_file("cases/litmus"))) {
    if (entry.path().extension() != ".litmus") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    result.push_back(text.str());
  }
  for (int times = 0; times < 6; ++times)  // a third of all
    result.insert(result.end(), {kLabels, kUser, kRetry, kAtomics});
  return result;
}

class Fuzzer {
 public:
  explicit Fuzzer(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  // One piece of damage that may leave the file well-formed.
  void damage(std::string& text, const std::string& other) {
    static const std::vector<std::string> words{"(*",
                                                "*)",
                                                "{",
                                                "}",
                                                ";",
                                                "|",
                                                "exists",
                                                "~",
                                                "/\\",
                                                "\\/",
                                                "(",
                                                ")",
                                                "[",
                                                "]",
                                                "P0",
                                                "P1.F",
                                                "L0:",
                                                "0x",
                                                "-",
                                                "#",
                                                "=",
                                                ",",
                                                ":",
                                                "PTE(x)",
                                                "PMD(x)",
                                                "fault(P0)",
                                                "CBZ W0,L0",
                                                "ERET",
                                                "DSB",
                                                "forall",
                                                "X31",
                                                "X99",
                                                "(valid:0)",
                                                "\x01",
                                                "CSEL W1,W2",
                                                "B L0",
                                                "LDXR",
                                                "x",
                                                "18446744073709551616",
                                                "TTHM=HA HD\n",
                                                "Tables=x\n",
                                                "Variant=imprecise\n",
                                                "SWP W1,W2,[X3]",
                                                "CASAL X6,X2,[X3]",
                                                "ADD X1,X1,#1",
                                                "ADR X0,L0;",
                                                "ADR X0,L0",
                                                "0:X0=L0",
                                                "EL0=P0\n",
                                                "ATS=P1\n",
                                                "BTM=yes\n",
                                                "CMD SYNC",
                                                "LDAR WZR,[X1]",
                                                "STR W0,[X1]",
                                                "x=0x100000001;",
                                                "filter",
                                                "locations [",
                                                "MMU:Permission",
                                                "\xff\xfe"};
    const std::size_t at = below(text.size());
    switch (below(14)) {
      case 0: text.erase(at, 1 + below(8)); break;
      case 1: text.insert(at, words[below(words.size())]); break;
      case 2:
        if (!text.empty()) text[at] = static_cast<char>(below(256));
        break;
      case 3: text.insert(at, text.substr(below(text.size()), below(40))); break;
      case 4: text.insert(at, other.substr(below(other.size()), below(120))); break;
      case 5: text.erase(at, below(text.size())); break;
      case 6: replace_number(text, at); break;
      default: exchange_instruction(text, other); break;
    }
  }

 private:
  // An instruction for one of another test.
  void exchange_instruction(std::string& text, const std::string& other) {
    const auto cell = [this](const std::string& in) {
      const auto head = std::min(in.find(';', in.find("P0 ")), in.size());  // the row of P0 | P1
      const auto end = std::max(head, std::min(in.rfind(';'), in.size()));
      const auto begin =
          std::min(in.find_first_of("|;", head + below(end - head)), in.size() - 1) + 1;
      return std::make_pair(begin, std::min(in.find_first_of("|;", begin), in.size()) - begin);
    };
    if (text.empty() || other.empty()) return;
    const auto [to, old_size] = cell(text);
    const auto [from, size] = cell(other);
    text.replace(to, old_size, other, from, size);
  }
  void replace_number(std::string& text, std::size_t from) {
    const auto digit = text.find_first_of("0123456789", from);
    if (digit != std::string::npos) text.replace(digit, 1, std::to_string(below(40)));
  }
  std::mt19937_64 random_;
};

void check_refused(const Result<Test>& parsed) {
  REQUIRE_FALSE(parsed.ok());
  const std::string line = parsed.error().text();
  CHECK(line.starts_with("t.litmus: "));
  CHECK(line.find('\n') == std::string::npos);
  CHECK_FALSE(parsed.error().message.empty());
}

TEST_CASE("damaged files") {
  const auto texts = seeds();
  REQUIRE(texts.size() > 40);
  Fuzzer fuzzer(setting("TLBMC_FUZZ_SEED", 1));
  const std::uint64_t inputs = setting("TLBMC_FUZZ_INPUTS", 2000);
  std::uint64_t refused = 0, answered = 0;
  AnswerOptions options;
  options.timeout = 0.05;
  options.max_states = 50;
  options.states = options.witness = true;
  for (std::uint64_t i = 0; i < inputs; ++i) {
    std::string text = texts[fuzzer.below(texts.size())];
    const std::size_t pieces = 1 + fuzzer.below(4);
    for (std::size_t piece = 0; piece < pieces; ++piece)
      fuzzer.damage(text, texts[fuzzer.below(texts.size())]);
    INFO(text);
    const auto parsed = parse_test(text, "t.litmus");
    if (!parsed.ok()) {
      ++refused;
      check_refused(parsed);
      continue;
    }
    options.rules.ets = static_cast<Ets>(i % 3);
    Answer found;
    CHECK_NOTHROW(found = answer(parsed.value(), options));
    const bool open = found.verdict == Verdict::unsupported || found.verdict == Verdict::unknown;
    CHECK(open == !found.reason.empty());
    CHECK((open || !found.states.empty()));  // a verdict is about something
    answered += open ? 0 : 1;
  }
  INFO("refused ", refused, ", answered ", answered, " of ", inputs);
  CHECK(refused > inputs / 3);  // the damage is real, and not all of it is refused
  CHECK(answered > inputs / 10);
}

TEST_CASE("what is certainly malformed is refused") {
  Fuzzer fuzzer(setting("TLBMC_FUZZ_SEED", 1) + 1);
  const auto texts = seeds();
  const std::uint64_t inputs = setting("TLBMC_FUZZ_INPUTS", 2000) / 4;
  for (std::uint64_t i = 0; i < inputs; ++i) {
    const std::string& text = texts[fuzzer.below(texts.size())];
    const std::size_t condition = std::max(text.rfind("\nexists") + 1, text.rfind("\nforall") + 1);
    REQUIRE(condition > 0);
    const std::string start = text.substr(0, fuzzer.below(condition));
    INFO(start);
    check_refused(parse_test(start, "t.litmus"));  // cut short
    check_refused(
        parse_test(fmt::format("{}\n{}x", text, start), "t.litmus"));  // something after the end
    std::string garbage;
    for (std::size_t n = fuzzer.below(200); n > 0; --n)
      garbage += static_cast<char>(fuzzer.below(256));
    check_refused(parse_test(garbage, "t.litmus"));
  }
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::litmus
