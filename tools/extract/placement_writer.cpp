#include "tools/extract/placement_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "tools/extract/caller_actions.h"
#include "tools/extract/entry_addresses.h"
#include "tools/extract/omissions.h"
#include "tools/extract/summary.h"

namespace tlbmc::extract {

namespace {

class Writer {
 public:
  Writer(const Unit& unit, const EntryList& list, const Meaning& meaning, Ranges ranges)
      : unit_(unit),
        list_(list),
        meaning_(meaning),
        calls_(unit, cut_names(meaning)),
        effects_(unit, calls_, meaning) {
    if (ranges == Ranges::addresses)
      ranges_ = std::make_unique<AddressRanges>(calls_, meaning, unit.arch);
  }

  Extraction write(const std::string& name) {
    Extraction extraction;
    Json operations = Json::object();
    for (const Entry& entry : list_.entries)
      extraction.entries.push_back(write_entry(entry, operations));
    if (operations.empty()) return extraction;
    Json& placement = extraction.placement;
    placement["name"] = name;
    placement["about"] = list_.about;
    placement["source"] = unit_.source;
    placement["driver"] = list_.driver;
    Json general = Json::array();
    for (const Note& note : unit_.notes)
      if (note.function.empty())
        general.push_back(note.at.empty() ? note.text : fmt::format("{} ({})", note.text, note.at));
    if (!general.empty()) placement["assumptions"] = std::move(general);
    placement["routines"] = std::move(routines_);
    placement["operations"] = std::move(operations);
    return extraction;
  }

  WitnessAnswer witness(const std::string& name, const std::vector<WitnessAction>& actions) {
    const auto named = [&](const Entry& entry) { return entry.name == name; };
    const auto entry = std::find_if(list_.entries.begin(), list_.entries.end(), named);
    const Function* function = entry == list_.entries.end() ? nullptr : function_of(*entry);
    if (!function) throw InputError("", fmt::format("there is no entry {} in this tree", name));
    Summaries& known = summaries(entry->level);
    known.keep_explorations();
    return follow_witness(known, known.of(context_of(*entry, *function, with_reads(entry->before))),
                          actions);
  }

 private:
  static std::set<std::string> cut_names(const Meaning& meaning) {
    std::set<std::string> names;
    for (const auto& [name, why] : meaning.cuts) names.insert(name);
    return names;
  }

  Summaries& summaries(EntryLevel level) {
    auto& known = summaries_[level];
    if (!known) {
      const std::string suffix =
          level == EntryLevel::pte
              ? ""
              : fmt::format("@{}", kEntryLevelNames.at(static_cast<std::size_t>(level)));
      known = std::make_unique<Summaries>(calls_, meaning_, effects_, unit_.arch, level, suffix);
      known->follow_ranges(ranges_.get());
    }
    return *known;
  }

  void check(const Entry& entry) const {
    for_each_action(entry.before, [&](const Json& action) {
      if (action.contains("call"))
        throw InputError(Diagnostic{list_.name, "/entries/" + entry.name + "/before",
                                    "expected no call in front of the function"});
    });
    for (const Json& action : entry.after) {
      if (action.contains("call") && action.contains("with"))
        throw InputError(Diagnostic{list_.name, "/entries/" + entry.name + "/after",
                                    "expected a call without addresses: those are not known"});
      for (const auto& [key, value] : action.items())
        for_each_action(value, [&](const Json& inner) {
          if (inner.contains("call"))
            throw InputError(Diagnostic{list_.name, "/entries/" + entry.name + "/after",
                                        "expected calls in the list itself"});
        });
    }
  }

  [[nodiscard]] const Function* function_of(const Entry& entry) const {
    for (const std::string& name : entry.functions)
      if (const Function* function = calls_.find(name)) return function;
    return nullptr;
  }

  [[nodiscard]] Context context_of(const Entry& entry, const Function& function,
                                   const Json& before) const {
    Context context;
    context.function = &function;
    context.thread = thread_after(before);
    context.thread.refers = get_page(entry.before) && !get_page(before);
    context.wants = false;
    context.memory = entry.memory;
    for (const Parameter& parameter : function.parameters) {
      const auto known = entry.parameters.find(parameter.name);
      context.parameters.push_back(known == entry.parameters.end() ? Value{}
                                                                   : Value::of(known->second));
    }
    context.after = involved_after(entry);
    return context;
  }

  ExtractedEntry write_entry(const Entry& entry, Json& operations) {
    check(entry);
    ExtractedEntry result;
    result.name = entry.name;
    result.function = entry.functions.front();
    result.optional = entry.optional;
    const Function* function = function_of(entry);
    if (!function) {
      result.missing = true;
      return result;
    }
    const Json before = with_reads(entry.before);
    const Summary& summary = summaries(entry.level).of(context_of(entry, *function, before));
    result.function = function->name;
    result.at = fmt::format("{}:{}", function->file, function->line);
    result.idle = summary.idle;
    Json operation;
    operation["about"] = entry.about.empty() ? function->name : entry.about;
    operation["at"] = result.at;
    if (entry.fault) operation["fault"] = true;
    if (!entry.context.empty()) operation["context"] = entry.context;
    if (entry.level != EntryLevel::pte)
      operation["entry-level"] = kEntryLevelNames.at(static_cast<std::size_t>(entry.level));
    std::set<Assumption> assumptions;
    std::set<const Summary*> reached, called;
    Json body = body_of(entry, before, summary, assumptions, called);
    if (ranges_) give_addresses(entry, summary, operation, body, assumptions);
    reach(summary, reached);
    for (const Summary* one : called) reach(*one, reached);
    std::set<const Function*> functions;
    for (const Summary* one : reached) functions.insert(one->function);
    assumptions.merge(omissions(calls_, meaning_, functions));
    std::vector<const Summary*> in_order(reached.begin(), reached.end());
    std::sort(in_order.begin(), in_order.end(),
              [](const Summary* a, const Summary* b) { return a->name < b->name; });
    for (const Summary* one : in_order) {
      assumptions.insert(one->assumptions.begin(), one->assumptions.end());
      add_notes(*one->function, assumptions);
      result.explored += one->explored;
      result.edges += one->automaton.transitions.size();
      write_routine(*one);
    }
    result.functions = reached.size();
    if (Json lines = lines_of(assumptions); !lines.empty())
      operation["assumptions"] = std::move(lines);
    operation["body"] = std::move(body);
    operations[entry.name] = std::move(operation);
    return result;
  }

  static void reach(const Summary& summary, std::set<const Summary*>& reached) {
    if (!reached.insert(&summary).second) return;
    for (const Summary* called : summary.calls) reach(*called, reached);
  }

  void add_notes(const Function& function, std::set<Assumption>& assumptions) const {
    for (const Note& note : unit_.notes)
      if (note.function == function.name)
        assumptions.insert(
            {"what the front end says",
             note.at.empty() ? note.text : fmt::format("{} ({})", note.text, note.at)});
  }

  // A line for each kind.
  static Json lines_of(const std::set<Assumption>& assumptions) {
    std::map<std::string, std::string> by_kind;
    for (const Assumption& one : assumptions) {
      std::string& line = by_kind[one.kind];
      line += (line.empty() ? "" : "; ") + one.detail;
    }
    Json lines = Json::array();
    for (const auto& [kind, details] : by_kind)
      lines.push_back(fmt::format("{}: {}", kind, details));
    return lines;
  }

  // A call of the caller's is one of a function of the kernel, in the state that it is made in.
  Json with_calls(const Json& actions, const Entry& entry, Thread thread,
                  std::set<const Summary*>& called) {
    Json result = Json::array();
    for (const Json& action : actions) {
      if (const auto lock = lock_of(action, "lock")) ++thread.held.at(*lock);
      if (const auto lock = lock_of(action, "unlock"); lock && thread.held.at(*lock) > 0)
        --thread.held.at(*lock);
      if (!action.contains("call")) {
        result.push_back(action);
        continue;
      }
      const Summary& summary = callee_of(action["call"], entry, thread);
      called.insert(&summary);
      if (!summary.idle) result.push_back(call_by_caller(summary));
      if (summary.exits.size() == 1) thread = summary.exits.front().second.thread;
    }
    return result;
  }

  const Summary& callee_of(const Json& name, const Entry& entry, const Thread& thread) {
    const Function* function = name.is_string() ? calls_.find(name.get<std::string>()) : nullptr;
    if (!function)
      throw InputError(Diagnostic{list_.name, "/entries/" + entry.name,
                                  fmt::format("no function {} to call", name.dump())});
    Context context;
    context.function = function;
    context.thread = thread;
    context.wants = false;
    context.parameters.resize(function->parameters.size());
    context.after = involved_after(entry);
    return summaries(entry.level).of(context);
  }

  // What of a thread's state the caller's calls behind the function depend on.
  [[nodiscard]] unsigned involved_after(const Entry& entry) const {
    unsigned parts = 0;
    for (const Json& action : entry.after) {
      const Json name = action.value("call", Json());
      const Function* function = name.is_string() ? calls_.find(name.get<std::string>()) : nullptr;
      if (function) parts |= calls_.involves(*function);
    }
    return parts;
  }

  Json body_of(const Entry& entry, const Json& before, const Summary& summary,
               std::set<Assumption>& assumptions, std::set<const Summary*>& called) {
    Json body = before;
    bool forced = false;
    const auto after = [&](Thread thread) {
      const Json actions = after_exit(entry.after, thread, forced);
      return with_calls(actions, entry, thread, called);
    };
    if (summary.idle || summary.exits.size() <= 1) {
      if (!summary.idle) body.push_back(call_of(summary));
      const Thread end = summary.exits.empty() ? Thread{} : summary.exits.front().second.thread;
      for (Json& action : after(end)) body.push_back(std::move(action));
    } else {
      Json edges = Json::array();
      edges.push_back({{"from", 0}, {"to", Json::object()}, {"do", {call_of(summary)}}});
      int next = 1;
      const int last = static_cast<int>(summary.exits.size()) + 1;
      for (const auto& [name, exit] : summary.exits) {
        edges[0]["to"][name] = next;
        Json actions = after(exit.thread);
        Json edge{{"from", next++}, {"to", last}};
        if (!actions.empty()) edge["do"] = std::move(actions);
        edges.push_back(std::move(edge));
      }
      body.push_back({{"graph", {{"edges", std::move(edges)}, {"exits", {{"return", last}}}}}});
    }
    if (forced)
      assumptions.insert({"locks that are still held at the end", "released there, by the caller"});
    return body;
  }

  static Json call_of(const Summary& summary) {
    Json call{{"call", summary.name}};
    for (const std::string& name : summary.addresses) call["with"][name] = name;
    return call;
  }

  // What the caller hands to it is not known.
  Json call_by_caller(const Summary& summary) {
    Json call = call_of(summary);
    for (const std::string& name : summary.addresses) {
      const Function& function = *summary.function;
      const AddressName::Kind kind = ranges_->name(function, name).kind;
      if (kind == AddressName::Kind::parameter || kind == AddressName::Kind::member)
        call["with"][name] = ranges_->unknown_name(function, name + ", as the caller gives it,");
    }
    return call;
  }

  // The operation's addresses, and its calls with its names for them.
  void give_addresses(const Entry& entry, const Summary& summary, Json& operation, Json& body,
                      std::set<Assumption>& assumptions) const {
    std::set<std::string> names = summary.addresses;
    const auto for_each_call = [&](const auto& visit) {
      for_each_action(body, [&](Json& action) {
        if (!action.contains("call") || !action.contains("with")) return;
        for (auto& [name, value] : action["with"].items()) visit(value);
      });
    };
    for_each_call([&](const Json& value) { names.insert(value.get<std::string>()); });
    EntryAddresses given =
        addresses_of(entry, list_, meaning_, names, *ranges_, summary, assumptions);
    if (!given.addresses.is_null()) operation["addresses"] = std::move(given.addresses);
    for_each_call([&](Json& value) { value = given.names.at(value.get<std::string>()); });
  }

  void write_routine(const Summary& summary) {
    if (summary.idle || routines_.contains(summary.name)) return;
    Json routine;
    if (!summary.context.empty()) routine["about"] = "with " + summary.context;
    routine["at"] = fmt::format("{}:{}", summary.function->file, summary.function->line);
    if (!summary.addresses.empty()) routine["params"] = summary.addresses;
    routine["body"] = Json::array({to_graph(summary.automaton)});
    routines_[summary.name] = std::move(routine);
  }

  const Unit& unit_;
  const EntryList& list_;
  const Meaning& meaning_;
  CallGraph calls_;
  MemoryEffects effects_;
  std::unique_ptr<AddressRanges> ranges_;
  std::map<EntryLevel, std::unique_ptr<Summaries>> summaries_;
  Json routines_ = Json::object();
};

// Objects and lists on several lines down to `deep` levels; inside, on one.
std::string text_of(const Json& json, int deep, const std::string& indent) {
  const bool is_graph = json.is_object() && json.contains("edges");
  if (is_graph) deep = 2;
  if (!json.is_structured() || json.empty() || deep == 0) return json.dump();
  const bool is_list = json.is_array();
  std::string text = is_list ? "[" : "{";
  bool first = true;
  for (const auto& [key, value] : json.items()) {
    text += fmt::format("{}\n{} ", first ? "" : ",", indent);
    if (!is_list) text += Json(key).dump() + ": ";
    text += text_of(value, deep - 1, indent + " ");
    first = false;
  }
  return text + "\n" + indent + (is_list ? "]" : "}");
}

}  // namespace

WitnessAnswer witness_of(const Unit& unit, const EntryList& entries, const Meaning& meaning,
                         const std::string& entry, const std::vector<WitnessAction>& actions) {
  return Writer(unit, entries, meaning, Ranges::words).witness(entry, actions);
}

std::string placement_text(const Json& placement) { return text_of(placement, 6, "") + "\n"; }

Extraction extract_placement(const Unit& unit, const EntryList& entries, const Meaning& meaning,
                             const std::string& name, Ranges ranges) {
  return Writer(unit, entries, meaning, ranges).write(name);
}

}  // namespace tlbmc::extract
