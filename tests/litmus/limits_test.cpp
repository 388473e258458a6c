// Where the machine ends: what is unsupported, has no verdict, or takes too long.
#include <string>

#include "litmus/ask.h"

namespace tlbmc::litmus {

namespace {

TEST_SUITE_BEGIN("litmus.limits");

constexpr const char* kOneStore =
    "AArch64 S\n{ 0:X1=x; }\nP0;\nMOV W0,#1;\nSTR W0,[X1];\nexists (x=1)";

TEST_CASE("beyond the model: unsupported, with the reason") {
  const std::string start = "AArch64 U\n{ 0:X1=x; 0:X2=PTE(x); }\nP0;\n";
  const auto reason = [&](const std::string& instruction) {
    const Answer found = ask(start + instruction + ";\nexists (0:X0=1)\n");
    CHECK(found.verdict == Verdict::unsupported);
    return found.reason;
  };
  CHECK(reason("LDXR W0,[X1]") == "instruction LDXR");
  CHECK(reason("TLBI IPAS2E1IS,X1") == "TLBI IPAS2E1IS");
  CHECK(reason("LDR W0,[X1,#8]") == "an offset");
  CHECK(reason("LDR W0,[X2]") == "32 bits of an address or a descriptor");
  CHECK(reason("LDR W0,[X3]") == "an access to what is no location");
  CHECK(reason("STADDA W0,[X1]") == "instruction STADDA");
  CHECK(reason("STR W0,[X2]") == "a store of 32 bits over more");
  const Answer variant =
      ask("AArch64 U\nVariant=vmsa,mixed\n{ 0:X1=x; }\nP0;\nNOP;\nexists (0:X0=1)\n");
  CHECK(variant.reason == "variant mixed");
}

TEST_CASE("a retry is at the exception level of its access, and each access has its own") {
  const std::string user =
      "AArch64 R\nVariant=imprecise\nEL0=P0\n{ 0:X1=x; PTE(x)=(el0:0); x=7; }\n";
  const Answer never = ask(user + "P0;\nL0: LDR X0,[X1];\nexists (0:X0=7)");
  CHECK(never.verdict == Verdict::unknown);  // it faults again and again
  const std::string two = R"(AArch64 R
Variant=handled
{ 0:X1=x; 0:X3=y; 1:X5=PTE(x); 1:X6=PTE(y); 1:X7=(oa:PA(x)); 1:X8=(oa:PA(y));
  PTE(x)=(valid:0); PTE(y)=(valid:0); }
 P0              | P1          ;
 L0: LDR X0,[X1] | STR X7,[X5] ;
 L1: LDR X2,[X3] | STR X8,[X6] ;
)";
  CHECK(ask(two + "exists (fault(P0:L0,x) /\\ fault(P0:L1,y))").verdict == Verdict::allowed);
  CHECK(ask(two + "exists (fault(P0:L0,x) /\\ ~fault(P0:L1,y))").verdict == Verdict::allowed);
}

TEST_CASE("a fault inside a handler is unsupported, if it can be") {
  const std::string test = R"(AArch64 H
{ 0:X1=x; 0:X3=y; PTE(x)=(valid:0); PTE(y)=@; }
 P0              | P0.F        ;
 L0: LDR X0,[X1] | LDR X2,[X3] ;
exists (fault(P0:L0,x)))";
  const auto with = [&](const std::string& descriptor) {
    std::string text = test;
    return ask(text.replace(text.find('@'), 1, descriptor));
  };
  CHECK(with("(valid:0)").reason == "a fault inside a fault handler");
  CHECK(with("(oa:PA(y))").verdict == Verdict::allowed);
}

TEST_CASE("branches stay in the program, or in its handler") {
  CHECK(ask("AArch64 B\n{ 0:X1=x; }\nP0 | P0.F;\nB L1 | L1: NOP;\nexists (0:X0=0)").reason ==
        "a branch between a program and its fault handler");
}

TEST_CASE("without a complete run there is no verdict") {
  for (const char* condition : {"forall (0:X0=99)", "exists (0:X0=99)", "~exists (0:X0=99)"}) {
    const std::string endless = "AArch64 E\n{ 0:X1=x; }\nP0;\nL: B L;\n";
    CHECK(ask(endless + condition).verdict == Verdict::unknown);
    const std::string filtered = "AArch64 E\n{ 0:X1=x; }\nP0;\nLDR X0,[X1];\nfilter (0:X0=5)\n";
    CHECK(ask(filtered + condition).reason == "no complete run passes the filter");
  }
}

TEST_CASE("32 bits") {
  const auto reads = [](const std::string& initial, const std::string& condition) {
    return ask("AArch64 W\n{ 0:X1=x; x=" + initial +
               "; }\nP0;\nLDR W0,[X1];\nMOV W2,#-1;\nexists " + condition);
  };
  CHECK(reads("1", "(0:X0=1 /\\ 0:X2=0xffffffff)").verdict == Verdict::allowed);
  CHECK(reads("-2", "(0:X0=0xfffffffe)").verdict == Verdict::allowed);
  CHECK(reads("0x100000001", "(0:X0=1)").reason == "32 bits of a wider number");
  CHECK(reads("1", "(0:X2=-1)").reason == "a negative number of 32 bits");
}

TEST_CASE("a time limit is one, however short or long") {
  for (const double seconds : {1e-9, 1.0, 1e12}) {
    AnswerOptions options;
    options.timeout = seconds;
    const Answer found = ask(kOneStore, options);
    CHECK((found.verdict == Verdict::allowed || found.verdict == Verdict::unknown));
  }
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::litmus
