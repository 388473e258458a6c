// A placement: what the kernel does to one PTE, as a person writes it (docs/placements.md).
//
// Loading resolves `extends`, checks every name (routines, parameters, options), and refuses
// recursion. program.h expands the result into a control-flow graph.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/action.h"
#include "model/address_range.h"
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

// What an action covers: a word covers the tracked page by definition (docs/ranges.md).
struct RangeArgument {
  Range word = Range::page;
  std::optional<AddressRange> exact;  // instead of the word
};

struct Primitive {
  Action action;
  BoolArgument write;  // of a PTE `set`
  // None: of a PTE access, the tracked PTE; of an SMMU command, what the notifier was given.
  std::optional<RangeArgument> range = std::nullopt;
};
// What is done to the table entry that points to a page-table page, as the action that it is at
// level table: of the tracked entry and its frame (model/action.h, Level).
struct TableStep {
  Action action;
  std::string text;  // as in a trace: "table unlink"
};
struct Notify {
  NotifyKind kind;
  RangeArgument range;
  bool current_mm = false;  // it is given current->mm
};
struct Call {
  std::string routine;
  std::map<std::string, BoolArgument> arguments;
  std::map<std::string, AddressExpr> addresses;  // arguments that are addresses
};
// Names for addresses, for the rest of the routine.
struct Let {
  std::vector<std::pair<std::string, AddressExpr>> values;
};
struct Choose {
  std::vector<std::pair<std::string, Body>> branches;
};
struct StaticTest {  // decided when the placement is expanded
  bool is_option;    // else a parameter
  std::string name;
};
struct TableTest {
  PteTest test;  // of the table entry: none, present
};
struct AddressTest {  // decided when it is expanded, for each case of the operation's addresses
  AddressExpr condition;
};
struct If {
  std::variant<PteTest, FlagTest, StaticTest, TableTest, AddressTest> test;
  bool value;  // what the test must be for `then`
  Body then_body;
  Body else_body;
};
struct Loop {
  Body body;
};
struct Return {};
// Control flow as a graph. Node 0 is where it begins. A routine whose body is one graph ends in one
// of the graph's exits, and an edge that ends with a call of it may go on from each to another
// node.
struct GraphEdge {
  int from = 0;
  // By exit of the call that ends `body`; a single one without a name: always.
  std::vector<std::pair<std::string, int>> to;
  std::optional<If> guard;  // its bodies are empty
  Body body;
  std::string label;  // the decision that leads here, as a trace says it
  std::string at;
  std::string path;
};
struct Graph {
  int nodes = 1;
  std::vector<GraphEdge> edges;
  std::vector<std::pair<std::string, int>> exits;  // name and node, from which no edge leads
};

struct Statement {
  std::variant<Primitive, TableStep, Notify, Call, Choose, If, Loop, Return, Let, Graph> what;
  std::string at;    // "path:line" in the kernel's source, may be empty
  std::string path;  // JSON pointer
};

// The 64-bit parameters of an operation: frozen while it runs. `page`, the address of the tracked
// page, is always there.
struct Addresses {
  std::vector<std::string> names;
  std::vector<AddressExpr> where;  // what their values satisfy
  AddressExpr entry_size = AddressExpr(kPageSize);
};
// What an entry of that level maps.
AddressExpr size_of(EntryLevel level);

// Names that are always there: the tracked page, and what the tracked entry maps.
inline const std::vector<std::string> kAddressNames{"page", "entry", "entry_size"};
// What the word "range" stands for where addresses are asked for: any range that covers the page.
inline const std::vector<std::string> kRangeNames{"range_start", "range_end"};

struct Routine {
  std::string at;
  std::string about;
  std::vector<std::string> parameters;
  bool handles_fault = false;  // of an operation: it is what a page fault runs, a device's too
  Addresses addresses;         // of an operation
  Body body;
  std::optional<EntryLevel> entry_level;  // of the tracked entry in it; nothing: its caller's
  bool kthread = false;                   // of an operation: a kernel thread runs it
  std::vector<std::string> assumptions;   // what was taken for granted when it was written
  std::string file;                       // where it was read from
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
  std::vector<std::string> assumptions;  // of the placement as a whole
  std::map<std::string, bool> options;
  std::map<std::string, Variant> variants;
  std::map<std::string, Routine> routines;
  std::vector<std::pair<std::string, Routine>> operations;  // in the order of the file
  bool has_table_actions = false;
  bool part = false;  // of load_part() only: others define what it calls

  [[nodiscard]] std::vector<std::string> operation_names() const;
};

// Reads a placement file and the files that it extends.
Result<Placement> load_placement(const std::string& file);
// Reads a file that others extend, without what they define. Error: it does not say "part": true.
Result<Placement> load_part(const std::string& file);
// As load_placement(), from JSON already at hand; `file` is for messages and for resolving
// `extends`.
Result<Placement> parse_placement(const Json& json, const std::string& file);

// The file with what it extends written out: JSON that means the same and extends nothing.
// Precondition: load_placement(file) succeeds.
Json self_contained(const std::string& file);

// The graph that is all of this body, or null.
const Graph* whole_graph(const Body& body);

// What the placement takes for granted that bears on these operations (none: all): its own
// assumptions, those of the operations and of the routines that they call. Each once.
std::vector<std::string> assumptions_of(const Placement& placement,
                                        const std::vector<std::string>& operations);

// The address expressions that a statement itself evaluates, not those of the bodies inside it.
std::vector<AddressExpr> expressions_of(const Statement& statement);

// Sets the options of a variant. Error: no such variant.
Result<Placement> with_variant(Placement placement, const std::string& variant);
// Removes every statement that stands for this source line. Error: there is none.
Result<Placement> without_line(Placement placement, const std::string& at);

}  // namespace tlbmc
