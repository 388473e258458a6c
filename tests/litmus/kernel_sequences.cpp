#include "litmus/kernel_sequences.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace tlbmc::test {

namespace {

using Shape = KernelSequence::Shape;

struct ShapeText {
  Shape shape;
  std::string_view name, property;
  std::string_view change;  // the kernel's actions, before the flush
  std::string_view end;     // and after it
  std::string_view store;   // the same in assembly
  std::string_view finish;
  std::string_view victim;
  std::string_view condition;  // of victim N
};

// X0 the new descriptor, X1 its address, X2 the page, X5 = 1, X6 another address of the page, X7 a
// descriptor of the page y, X8 a flag; in a victim X3 the page, X5 = 1, X8 the flag.
constexpr std::string_view kReturned = "MOV W5,#1; STR W5,[X8]";
constexpr std::string_view kSeen = "LDR W7,[X8]; DSB SY; ISB; ";
constexpr std::array<ShapeText, 8> kShapes{{
    {Shape::clear_return, "clear-return", "no-stale-writable", R"({"pte": "clear"})", "",
     "STR X0,[X1]", kReturned, "LDR W4,[X3]", "{0}:X7=1 /\\ ~fault(P{0},x)"},
    {Shape::clear_free, "clear-free", "no-use-after-free", R"({"pte": "clear"})",
     R"({"page": "put", "which": "old"})", "STR X0,[X1]", "MOV W5,#2; STR W5,[X6]", "LDR W4,[X3]",
     "{0}:X4=2"},
    {Shape::clear_rely, "clear-rely", "no-stale-writable", R"({"pte": "clear"})",
     R"({"rely": "no-access"})", "STR X0,[X1]", "LDR W4,[X6]; DSB ISH; LDR W7,[X6]", "STR W5,[X3]",
     "0:X4=0 /\\ 0:X7={0}"},
    {Shape::downgrade_return, "downgrade-return", "no-stale-writable", R"({"pte": "downgrade"})",
     "", "STR X0,[X1]", kReturned, "STR W5,[X3]", "{0}:X7=1 /\\ ~fault(P{0},x)"},
    {Shape::downgrade_rely, "downgrade-rely", "no-stale-writable", R"({"pte": "downgrade"})",
     R"({"rely": "no-write"})", "STR X0,[X1]", "LDR W4,[X6]; DSB ISH; LDR W7,[X6]", "STR W5,[X3]",
     "0:X4=0 /\\ 0:X7={0}"},
    {Shape::upgrade_return, "upgrade-return", "no-stale-readonly", R"({"pte": "upgrade"})", "",
     "STR X0,[X1]", kReturned, "STR W5,[X3]", "{0}:X7=1 /\\ fault(P{0},x)"},
    {Shape::replace, "replace", "no-mixed-mapping",
     R"({"pte": "read"}, {"page": "alloc", "which": "new"}, {"pte": "set", "frame": "new", "write": true})",
     "", "STR X7,[X1]", "", "LDR W4,[X3]; LDR W5,[X3]", "{0}:X4=9 /\\ {0}:X5=0 /\\ ~fault(P{0},x)"},
    {Shape::break_make, "break-make", "no-mixed-mapping",
     R"({"pte": "read"}, {"page": "alloc", "which": "new"}, {"pte": "clear"})",
     R"({"pte": "set", "frame": "new", "write": true})", "STR X0,[X1]", "STR X7,[X1]",
     "LDR W4,[X3]; LDR W5,[X3]", "{0}:X4=9 /\\ {0}:X5=0 /\\ ~fault(P{0},x)"},
}};

const ShapeText& text_of(Shape shape) { return kShapes.at(static_cast<std::size_t>(shape)); }

std::string assembly_of_barrier(const std::string& barrier) {
  if (barrier == "dsb ishst") return "DSB ISHST";
  if (barrier == "dsb ish" || barrier == "context-switch") return "DSB ISH";
  if (barrier == "dsb nsh") return "DSB NSH";
  if (barrier == "isb") return "ISB";
  if (barrier == "smp_mb") return "DMB ISH";
  if (barrier == "dma_wmb") return "DMB OSHST";
  return "";
}

std::string assembly_of_tlbi(const std::string& tlbi) {
  std::string name;
  for (const char c : tlbi) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (name.empty()) return "";
  return name.starts_with("VM") ? "TLBI " + name : fmt::format("TLBI {},X9", name);
}

std::vector<std::string> lines(std::string_view program) {
  std::vector<std::string> result;
  while (!program.empty()) {
    const auto end = program.find("; ");
    result.emplace_back(program.substr(0, end));
    program = end == std::string_view::npos ? "" : program.substr(end + 2);
  }
  return result;
}

}  // namespace

std::string KernelSequence::name() const {
  const auto shown = [](const std::string& s) { return s.empty() ? "-" : s; };
  return fmt::format("{} [{}] [{}] [{}] {} victims", text_of(shape).name, shown(before),
                     shown(tlbi), shown(after), victims);
}

std::string KernelSequence::property() const { return std::string(text_of(shape).property); }

std::string KernelSequence::operation() const {
  const ShapeText& text = text_of(shape);
  std::string body = fmt::format(R"({{"lock": "ptl"}}, {})", text.change);
  const auto barrier = [&](const std::string& kind) {
    if (!kind.empty()) body += fmt::format(R"(, {{"barrier": "{}"}})", kind);
  };
  barrier(before);
  if (!tlbi.empty()) body += fmt::format(R"(, {{"tlbi": "{}", "range": "page"}})", tlbi);
  barrier(after);
  if (!text.end.empty()) body += fmt::format(", {}", text.end);
  return fmt::format(R"({{"op": [{}, {{"unlock": "ptl"}}]}})", body);
}

std::string KernelSequence::litmus() const {
  const ShapeText& text = text_of(shape);
  const bool returns = text.finish == kReturned;
  std::vector<std::vector<std::string>> columns(static_cast<std::size_t>(victims) + 1);
  columns[0] = {"LSR X9,X2,#12", std::string(text.store)};
  for (const std::string& line :
       {assembly_of_barrier(before), assembly_of_tlbi(tlbi), assembly_of_barrier(after)})
    if (!line.empty()) columns[0].push_back(line);
  for (const std::string& line : lines(text.finish)) columns[0].push_back(line);
  const bool downgrades = shape == Shape::downgrade_return || shape == Shape::downgrade_rely;
  std::string init = fmt::format(
      "[PTE(x)]=(oa:PA(x),db:{}); [PTE(a)]=(oa:PA(x)); y=9; 0:X0={}; 0:X1=PTE(x); 0:X2=x; 0:X6=a; "
      "0:X7=(oa:PA(y)); 0:X8=z;",
      shape == Shape::upgrade_return ? 0 : 1,
      downgrades                       ? "(oa:PA(x),db:0)"
      : shape == Shape::upgrade_return ? "(oa:PA(x))"
                                       : "(oa:PA(x),valid:0)");
  std::string condition;
  for (int v = 1; v <= victims; ++v) {
    init += fmt::format(" {0}:X3=x; {0}:X5={0}; {0}:X8=z;", v);
    const std::string program =
        fmt::format("{}{}", returns ? kSeen : std::string_view(), text.victim);
    columns[static_cast<std::size_t>(v)] = lines(program);
    condition += fmt::format("{}({})", condition.empty() ? "" : " \\/ ",
                             fmt::format(fmt::runtime(text.condition), v));
  }
  std::string result = fmt::format("AArch64 sequence\n{{ {} }}\n", init);
  std::size_t rows = 0;
  for (const auto& column : columns) rows = std::max(rows, column.size());
  for (std::size_t c = 0; c < columns.size(); ++c)
    result += fmt::format("{}P{}", c ? " | " : "", c);
  for (std::size_t row = 0; row < rows; ++row) {
    result += ";\n";
    for (std::size_t c = 0; c < columns.size(); ++c)
      result += fmt::format("{}{}", c ? " | " : "", row < columns[c].size() ? columns[c][row] : "");
  }
  return result + fmt::format(";\nexists ({})\n", condition);
}

std::vector<KernelSequence> kernel_sequences() {
  static const std::vector<std::string> before{"",          "smp_mb",  "dma_wmb",       "isb",
                                               "dsb ishst", "dsb ish", "context-switch"};
  static const std::vector<std::string> tlbis{"",      "vale1is", "vae1is", "vmalle1is",
                                              "vale1", "vae1",    "vmalle1"};
  static const std::vector<std::string> after{"",          "smp_mb",  "dma_wmb", "isb",
                                              "dsb ishst", "dsb nsh", "dsb ish", "context-switch"};
  std::vector<KernelSequence> result;
  for (const ShapeText& text : kShapes)
    for (const auto& b : before)
      for (const auto& t : tlbis)
        for (const auto& a : after)
          for (const int victims : {1, 2}) result.push_back({text.shape, b, t, a, victims});
  return result;
}

}  // namespace tlbmc::test
