#include "litmus/check_names.h"

#include <fmt/format.h>

#include "litmus/scanner.h"

namespace tlbmc::litmus {

namespace {

class Checker {
 public:
  Checker(Test& test, std::size_t pages) : test_(test), pages_(pages) {}

  void run() {
    for (std::size_t thread = 0; thread < test_.threads.size(); ++thread) collect_labels(thread);
    check(test_.condition);
    if (test_.filter) check(*test_.filter);
    for (const Observable& observable : test_.locations) check(observable);
  }

 private:
  using Labels = std::map<std::string, std::size_t>;  // position in the program

  void collect_labels(std::size_t number) {
    const Thread& thread = test_.threads[number];
    if (!thread.has_column)
      throw InputError("", fmt::format("there is no column of instructions for P{}", number));
    Labels& labels = labels_.emplace_back();
    for (std::size_t at = 0; at < thread.size(); ++at)
      for (const std::string& label : thread.at(at).labels)
        if (!labels.emplace(label, at).second)
          fail_at(thread.at(at).line, fmt::format("label {} is used twice", label));
    for (std::size_t at = 0; at < thread.size(); ++at) {
      const Instruction& instruction = thread.at(at);
      if (!instruction.target.empty() && !labels.contains(instruction.target))
        fail_at(instruction.line,
                fmt::format("there is no label {} in this thread", instruction.target));
    }
  }

  void check(const Observable& o) {
    if (o.thread >= static_cast<int>(test_.threads.size()))
      throw InputError("condition", fmt::format("there is no thread {}", o.thread));
    if (!o.label.empty() && !labels_[static_cast<std::size_t>(o.thread)].contains(o.label))
      throw InputError("condition", fmt::format("there is no label {} in P{}", o.label, o.thread));
    if (o.page) check_page(*o.page);
    if (o.kind == Observable::Kind::location) check_page(o.location.symbol);
  }

  void check_page(Symbol symbol) {
    if (static_cast<std::size_t>(symbol) >= pages_)
      throw InputError("condition",
                       fmt::format("no page \"{}\" is in the initial state", test_.symbol(symbol)));
  }

  void check(Proposition& p) {
    for (Proposition& part : p.parts) check(part);
    if (p.kind != Proposition::Kind::atom) return;
    check(p.observable);
    if (p.observable.kind == Observable::Kind::fault || p.value.symbol < 0) return;
    if (p.value.kind == Value::Kind::address) check_label(p);
    if (p.value.kind != Value::Kind::label) check_page(p.value.symbol);
  }

  // A name that is a label, of the register's thread or of the only thread that has it.
  void check_label(Proposition& p) {
    const std::string& name = test_.symbol(p.value.symbol);
    std::vector<std::size_t> threads;
    for (std::size_t thread = 0; thread < labels_.size(); ++thread)
      if (labels_[thread].contains(name)) threads.push_back(thread);
    if (threads.empty()) return;
    const auto own = static_cast<std::size_t>(p.observable.thread);
    if (p.observable.kind == Observable::Kind::reg && labels_[own].contains(name)) threads = {own};
    if (static_cast<std::size_t>(p.value.symbol) < pages_ || threads.size() > 1) {
      test_.unsupported.push_back(fmt::format("{}, a name of several things", name));
      threads.resize(1);
    }
    p.value = {Value::Kind::label, static_cast<Symbol>(threads.front()),
               labels_[threads.front()].at(name)};
  }

  Test& test_;
  std::size_t pages_;
  std::vector<Labels> labels_;  // by thread
};

}  // namespace

void check_names(Test& test, std::size_t pages) { Checker(test, pages).run(); }

}  // namespace tlbmc::litmus
