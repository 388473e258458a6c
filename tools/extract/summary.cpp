#include "tools/extract/summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/extract/explorer.h"

namespace tlbmc::extract {

namespace {

// Whether a summary does nothing that a caller has to know of.
bool does_nothing(const Summary& summary, const Context& context) {
  const bool acts =
      std::any_of(summary.automaton.transitions.begin(), summary.automaton.transitions.end(),
                  [](const Transition& t) { return !t.label.silent(); });
  Thread before = context.thread;
  before.keep(context.after);
  return !acts && summary.exits.size() == 1 && summary.exits.front().second.thread == before;
}

std::string context_text(const Context& context) {
  std::string text;
  const auto add = [&](const std::string& part) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", part);
  };
  for (std::size_t i = 0; i < context.parameters.size(); ++i)
    if (context.parameters[i].known() && i < context.function->parameters.size())
      add(fmt::format("{}: {}", context.function->parameters[i].name,
                      to_text(context.parameters[i])));
  for (const auto& [place, value] : context.memory)
    add(fmt::format("{}: {}", place, to_text(value)));
  for (std::size_t i = 0; i < kLockNames.size(); ++i)
    if (context.thread.held[i] > 0) add(fmt::format("{} held", kLockNames[i]));
  if (context.thread.gathered) add("something gathered");
  if (context.thread.batched) add("a flush batched");
  if (!context.live) add("of other pages");
  if (context.huge) add("of a huge entry");
  return text;
}

}  // namespace

void Thread::keep(unsigned parts) {
  if ((parts & bit(kPte)) == 0) {
    remembers = refers = stored = agrees = false;
    there = There::unknown;
  }
  if ((parts & bit(kPte)) == 0 || (parts & bit(kAsks)) == 0) was_writable = lowered = false;
  if ((parts & bit(kGathered)) == 0) gathered = false;
  if ((parts & bit(kBatched)) == 0) batched = false;
}

std::string exit_name(const Exit& exit, const Thread& before) {
  std::string name = exit.result.known() ? to_text(exit.result) : "return";
  for (std::size_t i = 0; i < kLockNames.size(); ++i) {
    const int change = exit.thread.held[i] - before.held[i];
    if (change != 0)
      name += fmt::format(", {}{}", change > 0 ? "with " : "without ", kLockNames[i]);
  }
  const auto changed = [&](bool Thread::*part, const char* yes, const char* no) {
    if (exit.thread.*part != before.*part) name += exit.thread.*part ? yes : no;
  };
  changed(&Thread::gathered, ", gathered", ", nothing gathered");
  changed(&Thread::batched, ", batched", ", nothing batched");
  changed(&Thread::remembers, ", PTE seen", "");
  changed(&Thread::was_writable, ", was writable", "");
  changed(&Thread::lowered, ", lowered", "");
  changed(&Thread::stored, ", PTE changed", ", PTE as it is");
  constexpr const char* kThere[] = {"", ", PTE empty", ", PTE not present", ", PTE present"};
  if (exit.thread.there != before.there)
    name += kThere[static_cast<std::size_t>(exit.thread.there)];
  return name;
}

const Exit* Summary::exit(const std::string& exit_name) const {
  for (const auto& [known, exit] : exits)
    if (known == exit_name) return &exit;
  return nullptr;
}

Summaries::Summaries(const CallGraph& calls, const Meaning& meaning, const MemoryEffects& effects,
                     const std::string& arch, EntryLevel entry, std::string suffix)
    : calls_(calls),
      meaning_(meaning),
      effects_(effects),
      entry_(entry),
      suffix_(std::move(suffix)) {
  const auto bits = meaning.entry_bits.find(arch);
  if (bits != meaning.entry_bits.end()) entry_bits_ = bits->second;
}

Summaries::~Summaries() = default;

const Prepared& Summaries::prepared(const Function& function) {
  auto& known = prepared_[&function];
  if (!known) known = std::make_unique<Prepared>(function, calls_, effects_, meaning_);
  return *known;
}

std::string Summaries::free_name(const std::string& name) {
  const int count = ++names_[name];
  return count == 1 ? name + suffix_ : fmt::format("{}.{}{}", name, count, suffix_);
}

const Summary& Summaries::of(const Context& context) {
  const auto known = known_.find(context);
  if (known != known_.end()) return *known->second;
  open_.insert(context.function);
  std::optional<Summary> explored;
  for (const Recall recall : {Recall::everything, Recall::results, Recall::nothing}) {
    explored = Explorer(*this, context, recall).run();
    if (!explored) continue;
    if (recall == Recall::nothing)
      explored->assumptions.insert(
          {"functions whose way is forgotten, which adds runs", context.function->name});
    break;
  }
  if (!explored)
    throw InputError(
        Diagnostic{"", "",
                   fmt::format("{} ({}) has more than {} states", context.function->name,
                               context.function->file, kMaxStates.back())});
  open_.erase(context.function);
  auto summary = std::make_unique<Summary>(std::move(*explored));
  summary->automaton = reduced(summary->automaton);
  std::erase_if(summary->exits, [&](const auto& exit) {
    return std::none_of(summary->automaton.exits.begin(), summary->automaton.exits.end(),
                        [&](const auto& left) { return left.first == exit.first; });
  });
  summary->idle = does_nothing(*summary, context);
  summary->context = context_text(context);
  // In several contexts a function may do the same: that is one summary.
  auto& alike = alike_[{context.function, behaviour(summary->automaton)}];
  for (Summary* other : alike)
    if (other->exits == summary->exits && other->idle == summary->idle) {
      other->assumptions.insert(summary->assumptions.begin(), summary->assumptions.end());
      other->explored += summary->explored;
      return *(known_[context] = other);
    }
  alike.push_back(summary.get());
  if (!summary->idle) summary->name = free_name(context.function->name);
  all_.push_back(std::move(summary));
  return *(known_[context] = all_.back().get());
}

}  // namespace tlbmc::extract
