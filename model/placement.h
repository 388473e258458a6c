// A placement: what the kernel does to one PTE, as a person writes it (docs/placements.md).
//
// Loading resolves `extends`, checks every name (routines, parameters, options), and refuses
// recursion. program.h expands the result into a control-flow graph.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/action.h"
#include "model/diagnostic.h"
#include "model/json_reader.h"

namespace tlbmc {

struct Statement;
using Body = std::vector<Statement>;

// A boolean that is written out, or that a routine's parameter gives.
struct BoolArgument {
  bool value = false;
  std::string parameter;  // empty: `value` is it
};

struct Primitive {
  Action action;
  BoolArgument write;  // of a PTE `set`
};
enum class NotifyKind { range_start, range_end, secondary };
inline constexpr std::array<std::string_view, 3> kNotifyNames{"range_start", "range_end",
                                                              "secondary"};
struct Notify {
  NotifyKind kind;
};
struct Call {
  std::string routine;
  std::map<std::string, BoolArgument> arguments;
};
struct Choose {
  std::vector<std::pair<std::string, Body>> branches;
};
struct StaticTest {  // decided when the placement is expanded
  bool is_option;    // else a parameter
  std::string name;
};
struct If {
  std::variant<PteTest, FlagTest, StaticTest> test;
  bool value;  // what the test must be for `then`
  Body then_body;
  Body else_body;
};
struct Loop {
  Body body;
};
struct Return {};

struct Statement {
  std::variant<Primitive, Notify, Call, Choose, If, Loop, Return> what;
  std::string at;    // "path:line" in the kernel's source, may be empty
  std::string path;  // JSON pointer
};

struct Routine {
  std::string at;
  std::string about;
  std::vector<std::string> parameters;
  Body body;
  std::string file;  // where it was read from
  std::string path;
};

struct Variant {
  std::string about;
  std::map<std::string, bool> options;
};

struct Placement {
  std::string file;
  std::string name;
  std::string about;
  std::string source;
  std::string driver;
  std::map<std::string, bool> options;
  std::map<std::string, Variant> variants;
  std::map<std::string, Routine> routines;
  std::vector<std::pair<std::string, Routine>> operations;  // in the order of the file

  [[nodiscard]] std::vector<std::string> operation_names() const;
};

// Reads a placement file and the files that it extends.
Result<Placement> load_placement(const std::string& file);
// The same from JSON already at hand; `file` is for messages and for resolving `extends`.
Result<Placement> parse_placement(const Json& json, const std::string& file);

// The file with what it extends written out: JSON that means the same and extends nothing.
// Precondition: load_placement(file) succeeds.
Json self_contained(const std::string& file);

// Sets the options of a variant. Error: no such variant.
Result<Placement> with_variant(Placement placement, const std::string& variant);
// Removes every statement that stands for this source line. Error: there is none.
Result<Placement> without_line(Placement placement, const std::string& at);

}  // namespace tlbmc
