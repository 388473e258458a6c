// Writes the operations of a placement out as edges: calls, parameters, options, notifier callbacks
// and conditions on addresses in place. model/program.h checks and numbers the result.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model/program.h"

namespace tlbmc {

struct Expansion {
  struct Origin {  // the statement that an edge stands for
    std::string file;
    std::string path;
  };
  Program program;              // nodes and edges only
  std::vector<Origin> origins;  // by edge
};

class Expander {
 public:
  // Throws InputError if the machine does not have the placement's driver.
  Expander(const Placement& placement, const Machine& machine, Level level);

  // The operation at these addresses (null: none are known), as one more way to begin it.
  // Throws InputError where something is asked of addresses that are not known, or is undefined.
  void add_operation(const std::string& name, const Routine& routine, const Valuation* at);
  // One of its cases. Throws std::logic_error if it does not do the same at all witnesses.
  void add_case(const std::string& name, const Routine& routine, const RangeCase& range_case);

  // What the last operation added decided, in order, each condition once.
  [[nodiscard]] const Combination& decisions() const { return decisions_; }
  Expansion take();

 private:
  // Addresses by name; an empty expression: it depends on which way the run went.
  using AddressScope = std::map<std::string, AddressExpr>;

  // Where the edges of one routine's body come from.
  struct Frame {
    const Routine* routine = nullptr;
    std::string file;
    std::map<std::string, bool> parameters;
    int exit = 0;  // where `return` goes
    EntryLevel entry = EntryLevel::pte;
    AddressScope addresses;
    RangeArgument notified;  // of a driver's callback: what it is called for
  };

  int new_node() { return expansion_.program.nodes++; }
  void add_edge(int from, int to, Action action, const Frame& frame, const Statement& statement,
                std::string label = "", std::string text = "",
                std::shared_ptr<const RangeUse> range = nullptr);

  // Each emits edges that lead from one node to another, and says whether control gets there.
  bool emit(const Body& body, int entry, int exit, Frame& frame);
  bool emit(const Statement& statement, int from, int to, Frame& frame);
  bool emit(const Primitive& what, const Statement& statement, int from, int to, Frame& frame);
  bool emit(const TableStep& what, const Statement& statement, int from, int to, Frame& frame);
  bool emit(const Notify& what, const Statement& statement, int from, int to, Frame& frame);
  bool emit(const Call& what, const Statement& statement, int from, int to, Frame& frame);
  bool emit(const Choose& what, const Statement& statement, int from, int to, Frame& frame);
  bool emit(const If& what, const Statement& statement, int from, int to, Frame& frame);
  // One of several ways on: behind which guard, called what, to which body.
  struct Way {
    Action guard;
    std::string label, text;
    const Body* body;
  };
  bool emit(const std::vector<Way>& ways, const Statement& statement, int from, int to,
            Frame& frame);
  bool emit(const Loop& what, const Statement& statement, int from, int to, Frame& frame);
  // Where each exit of a graph leads.
  using Exits = std::map<std::string, int>;
  bool emit(const Graph& what, const Statement& statement, int from, int to, Frame& frame);
  bool emit(const Graph& what, const Statement& statement, int from, const Exits& exits,
            Frame& frame);
  void emit(const GraphEdge& edge, int from, const std::vector<int>& nodes, Frame& frame);
  void emit_call(const Call& what, const Statement& statement, int from, const Exits& exits,
                 Frame& frame);
  Frame callee_frame(const Call& what, const Statement& statement, int exit, const Frame& frame);
  bool emit(const Return& what, const Statement& statement, int from, int to, Frame& frame);
  bool emit(const Let& what, const Statement& statement, int from, int to, Frame& frame);

  // Of a condition that is decided here: its value.
  std::optional<bool> decided(const If& what, const Statement& statement, const Frame& frame);
  [[nodiscard]] Level level() const { return expansion_.program.level; }
  void check_architecture(const Action& action, const Statement& statement,
                          const Frame& frame) const;
  // What traces call the action, if not by its own words, and a test.
  [[nodiscard]] std::string command_text(const Action& action) const;
  [[nodiscard]] static std::string test_text(const If& what, bool value);
  [[nodiscard]] Action assumption(const If& what, bool value) const;

  // --- addresses ---
  [[nodiscard]] AddressScope initial_scope(const Routine& routine) const;
  [[nodiscard]] AddressScope inner_scope(const Frame& caller) const;
  [[nodiscard]] AddressExpr resolve(const AddressExpr& e, const Frame& frame,
                                    const Statement& statement) const;
  [[nodiscard]] AddressRange resolve(const AddressRange& range, const Frame& frame,
                                     const Statement& statement) const;
  [[nodiscard]] RangeUse use_of(const AddressRange& range, const Action& action,
                                const Frame& frame) const;
  [[nodiscard]] std::optional<AddressRange> range_of(const Primitive& what, const Frame& frame,
                                                     const Statement& statement) const;
  bool decide(const AddressExpr& condition, const Frame& frame, const Statement& statement);
  bool settle(const AddressExpr& condition, const Frame& frame, const Statement& statement);
  static void join(AddressScope& into, const AddressScope& other);

  const Placement& placement_;
  const Machine& machine_;
  const Driver* driver_;
  Expansion expansion_;
  std::vector<std::string> chain_;
  int operation_ = 0;
  bool kthread_ = false;  // a kernel thread runs it
  // Of the operation that is being added:
  const Valuation* valuation_ = nullptr;
  int range_case_ = -1;
  Combination decisions_;
  std::set<std::string> decided_;
};

}  // namespace tlbmc
