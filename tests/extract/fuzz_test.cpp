// Damaged dumps: never a crash and never anything but a refusal with a line, or an event graph that
// is sound in itself. Dumps that are of another kernel than they say are refused.
//
// TLBMC_FUZZ_INPUTS: how many.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "extract/dump_text.h"
#include "support.h"
#include "tools/extract/dump_files.h"
#include "tools/extract/gimple_lower.h"
#include "tools/extract/gimple_parser.h"
#include "tools/extract/manifest.h"

namespace tlbmc::extract {

namespace {

namespace fs = std::filesystem;

TEST_SUITE_BEGIN("extract.fuzz");

const EventRules& rules() {
  static const EventRules arm64 =
      load_event_rules(test::source_file("cases/extract/events/arm64.json")).value();
  return arm64;
}

void damage(std::string& text, std::mt19937_64& random) {
  static const std::vector<std::string> pieces{"(",
                                               ")",
                                               "[",
                                               "]",
                                               "<",
                                               ">",
                                               "{",
                                               "}",
                                               "\"",
                                               "&",
                                               "*",
                                               "->",
                                               ".",
                                               "= PHI <",
                                               "_1",
                                               "x_2(D)",
                                               "goto <bb 3>; [INV]\n",
                                               ";;    succ:       9\n",
                                               ";;   basic block 3, loop depth 0\n",
                                               "\n}\n",
                                               ";; Function f (f, funcdef_no=1)\n",
                                               "if (",
                                               "switch (k_5(D)) <",
                                               "__asm__(\"",
                                               ":",
                                               "0x",
                                               "-",
                                               "99999999999999999999",
                                               "MEM[",
                                               "BIT_FIELD_REF <",
                                               std::string(300, '('),
                                               std::string(300, '&'),
                                               "\x01",
                                               "[a.c:7:54]",
                                               "<bb 2147483648>",
                                               "case 3 ... 7: ",
                                               "\n"};
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  const std::size_t at = below(text.size());
  switch (below(5)) {
    case 0: text.resize(at); break;
    case 1: text.erase(at, 1 + below(40)); break;
    case 2: text.insert(at, pieces[below(pieces.size())]); break;
    case 3: {  // a line twice, or moved
      const std::size_t begin = text.rfind('\n', at);
      const std::size_t end = text.find('\n', at);
      if (begin == std::string::npos || end == std::string::npos) break;
      const std::string line = text.substr(begin, end - begin);
      if (below(2) == 0) text.erase(begin, end - begin);
      text.insert(std::min(text.size(), below(text.size() + 1)), line);
      break;
    }
    default:
      if (!text.empty()) text[at] = static_cast<char>(below(256));
  }
}

// What everything after it relies on.
void check_sound(const Function& function) {
  const auto expr = [&](ExprId id) { return id == kNoExpr || id < function.expressions.size(); };
  bool sound = !function.nodes.empty();
  for (const Expression& expression : function.expressions)
    for (const ExprId operand : expression.operands) sound &= expr(operand);
  for (const Node& node : function.nodes) {
    for (const Edge& edge : node.successors) sound &= edge.target < function.nodes.size();
    for (const NodeId from : node.predecessors) sound &= from < function.nodes.size();
    const bool ends = node.kind == Node::Kind::returns || node.kind == Node::Kind::stop;
    sound &= ends == node.successors.empty();
    if (node.branch) sound &= expr(node.branch->condition);
    if (node.call)
      for (const ExprId argument : node.call->arguments) sound &= expr(argument);
    if (node.event)
      for (const auto& [key, id] : node.event->values) sound &= expr(id);
  }
  CHECK(sound);
  for (const Expression& expression : function.expressions)
    if (expression.kind == Expression::Kind::phi)
      sound &=
          expression.operands.size() == function.nodes.at(*expression.node).predecessors.size();
  CHECK(sound);
}

TEST_CASE("damaged dumps") {
  static const SourcePaths paths("/tree", "/build");
  static const BitFields bits{{"vm", {"a", "b", "c", "d"}}};
  std::mt19937_64 random(20240611);
  std::size_t refused = 0;
  const std::uint64_t inputs = test::setting("TLBMC_FUZZ_INPUTS", 3000);
  for (std::uint64_t i = 0; i < inputs; ++i) {
    std::string text = test::sample_dump();
    for (std::size_t times = 1 + random() % 3; times > 0; --times) damage(text, random);
    CAPTURE(i);
    const auto result = capture("x.ssa", [&] {
      for (const gimple::Function& function : gimple::parse_dump(text))
        check_sound(lower(function, {rules(), paths, bits, "mm/a.c"}));
      return true;
    });
    if (result.ok()) continue;
    ++refused;
    CHECK(result.error().path.starts_with("line "));
  }
  CHECK(refused > inputs / 3);
  CHECK(refused < inputs);
}

// A tree and a build directory with one dump.
class Scene {
 public:
  Scene() {
    fs::create_directories(root_ / "tree/include/asm-generic");
    fs::create_directories(root_ / "build/mm");
    write("tree/Makefile", "# SPDX\nVERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 5\nEXTRAVERSION =\n");
    write("tree/include/asm-generic/tlb.h",
          "struct mmu_gather {\n\tunsigned int\t\tfullmm : 1;\n};\n");
    write("build/mm/memory.c.021t.ssa", test::sample_dump());
    list();
  }
  ~Scene() { fs::remove_all(root_); }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  void write(const std::string& file, const std::string& text) const {
    std::ofstream(root_ / file) << text;
  }
  void list(const std::string& release = "6.1.5", const std::string& arch = "arm64") const {
    write_manifest(root_ / "build",
                   {release,
                    arch,
                    "gcc",
                    {{"mm/memory.c", {"mm/memory.c.021t.ssa", hash_of(test::sample_dump())}}}});
  }
  [[nodiscard]] std::string refusal() const {
    const auto unit =
        read_dumps({root_ / "tree", root_ / "build", "arm64", {"mm/memory.c"}}, rules());
    return unit.ok() ? "" : unit.error().text();
  }

 private:
  fs::path root_ =
      fs::temp_directory_path() / fmt::format("tlbmc-dumps-{}", std::random_device{}());
};

TEST_CASE("dumps that are not of this kernel") {
  const Scene scene;
  CHECK(scene.refusal().empty());
  const auto refused = [&](const std::string& what) {
    const std::string message = scene.refusal();
    CAPTURE(message);
    CHECK(message.find(what) != std::string::npos);
  };
  scene.list("6.12.1");
  refused("/release: the dumps are of Linux 6.12.1");
  scene.list("6.1.5", "x86");
  refused("/arch: the dumps are of x86");
  scene.list();
  scene.write("build/mm/memory.c.021t.ssa", test::sample_dump() + test::gimple_function("g", {}));
  refused("memory.c.021t.ssa: line ");
  scene.write("build/mm/memory.c.021t.ssa", test::sample_dump().substr(0, 3000));
  refused("memory.c.021t.ssa: line ");
  scene.write("build/mm/memory.c.020t.ssa", test::sample_dump());
  refused("remove the dump of the other compiler");
  scene.write("build/tlbmc-dumps.json", "{");
  refused("tlbmc-dumps.json");
  scene.write("tree/Makefile", "all:\n");
  scene.list();
  refused("expected the VERSION");
}

TEST_SUITE_END();

}  // namespace

}  // namespace tlbmc::extract
