#include "litmus/parse_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "litmus/parse_value.h"
#include "litmus/scanner.h"

namespace tlbmc::litmus {

namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// In capitals; "" if the line is a remark.
std::string key_of(std::string_view line) {
  const std::string_view key = trimmed(line.substr(0, line.find('=')));
  if (key.empty() || line.find('=') == std::string_view::npos) return "";
  return std::all_of(key.begin(), key.end(), is_name_char) ? upper_case(key) : "";
}

// The value of a line that is there at most once.
std::string single(const Test& test, const std::string& key) {
  const auto found = test.header.find(key);
  return found == test.header.end() ? "" : found->second;
}

void apply_variants(Test& test) {
  static const std::vector<std::string> harmless{"VMSA",    "KVM",    "FATAL",
                                                 "PRECISE", "HAFDBS", "TTHM"};
  for (const std::string& word : words(single(test, "VARIANT"), ", \t\r")) {
    const std::string variant = upper_case(word);
    if (variant == "IMPRECISE" || variant == "HANDLED")
      test.retry_faults = true;
    else if (variant == "SKIP")
      test.skip_faults = true;
    else if (!contains(harmless, variant))
      test.unsupported.push_back("variant " + printable(word));
  }
  if (test.retry_faults && test.skip_faults)
    test.unsupported.emplace_back("variants that handle faults in two ways");
}

// "P1" or "P0,P2": the threads that a header line names.
std::vector<std::size_t> threads_named(const std::string& text, const Test& test) {
  std::vector<std::size_t> result;
  for (const std::string& word : words(text, ", \t\r")) {
    std::size_t number = 0;
    bool digits = word.size() > 1 && word.size() < 4 && word.front() == 'P';
    for (const char c : word.substr(1)) {
      digits = digits && c >= '0' && c <= '9';
      number = number * 10 + static_cast<std::size_t>(c - '0');
    }
    if (!digits || number >= test.threads.size())
      throw InputError("header",
                       fmt::format("expected threads of the test, found \"{}\"", printable(word)));
    result.push_back(number);
  }
  return result;
}

// TTHM=HA, TTHM=HA HD, TTHM=P0:HA P1:HD: who updates descriptors in hardware.
void apply_hardware_updates(Test& test) {
  for (const std::string& word : words(single(test, "TTHM"), ", \t\r")) {
    const auto colon = word.find(':');
    const std::string what = word.substr(colon == std::string::npos ? 0 : colon + 1);
    if (what != "HA" && what != "HD" && what != "SW") {
      test.unsupported.push_back("TTHM=" + printable(word));
      continue;
    }
    std::vector<std::size_t> who;
    if (colon == std::string::npos)
      for (std::size_t p = 0; p < test.threads.size(); ++p) who.push_back(p);
    else
      who = threads_named(word.substr(0, colon), test);
    for (const std::size_t p : who) {
      test.threads[p].walker.sets_access_flag |= what != "SW";  // HD implies HA
      test.threads[p].walker.sets_dirty |= what == "HD";
    }
  }
}

// A device makes accesses: it has no barriers, no TLBIs, no exceptions.
void check_device(const Test& test, std::size_t number) {
  const Thread& thread = test.threads[number];
  if (thread.has_handler)
    throw InputError("header", fmt::format("P{} is a device, which has no fault handler", number));
  for (const Instruction& i : thread.code) {
    const bool access = i.op == Op::load || i.op == Op::store;
    if (i.acquire != Acquire::no || i.release || (!access && i.op != Op::move && i.op != Op::nop))
      fail_at(i.line, fmt::format("P{} is a device: expected LDR, STR or MOV, found \"{}\"", number,
                                  i.text));
  }
}

void apply_devices(Test& test) {
  for (const std::size_t p : threads_named(single(test, "DEVICE"), test))
    test.threads[p].device = true;
  for (const std::size_t p : threads_named(single(test, "ATS"), test))
    test.threads[p].device = test.threads[p].ats = true;
  const std::string btm = single(test, "BTM");
  if (btm != "" && btm != "yes" && btm != "no")
    throw InputError("header",
                     fmt::format("expected BTM=yes or BTM=no, found \"{}\"", printable(btm)));
  test.btm = btm == "yes";
  for (std::size_t p = 0; p < test.threads.size(); ++p) {
    if (!test.threads[p].device) continue;
    check_device(test, p);
    if (test.retry_faults || test.skip_faults)
      test.unsupported.emplace_back("a device whose faults are handled");
  }
}

void apply_tables(Test& test) {
  const std::size_t known = test.symbols.size();
  std::set<Symbol> pages;
  for (const std::string& group : words(single(test, "TABLES"), ", \t\r")) {
    test.tables.emplace_back();
    for (const std::string& name : words(group, "+")) {
      const Symbol page = symbol_of(test, name);
      if (static_cast<std::size_t>(page) >= known)
        throw InputError("header", fmt::format("Tables=: no page \"{}\" is in the initial state",
                                               printable(name)));
      if (!pages.insert(page).second)
        throw InputError("header", fmt::format("Tables=: page {} is given twice", name));
      test.tables.back().insert(page);
    }
  }
  std::map<Value, Value> memory;
  for (const auto& [location, value] : test.memory)
    if (!memory.emplace(test.canonical(location), value).second)
      throw InputError("header", fmt::format("Tables=: {} is another name of a table descriptor "
                                             "that the initial state gives too",
                                             test.text(location)));
  test.memory = std::move(memory);
}

}  // namespace

std::vector<std::string> words(std::string_view text, std::string_view separators) {
  std::vector<std::string> result;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) result.push_back(word);
    word.clear();
  };
  for (const char c : text) {
    if (separators.find(c) == std::string_view::npos)
      word += c;
    else
      end_word();
  }
  end_word();
  return result;
}

void parse_header(std::string_view header, Test& test) {
  static const std::vector<std::string> known{"VARIANT", "TTHM", "EL0", "TABLES",
                                              "DEVICE",  "ATS",  "BTM"};
  static const std::vector<std::string> remarks{
      "HASH", "STABLE", "CYCLE", "RELAX", "SAFE", "COM", "ORIG", "PREFETCH", "RESULT", "GENERATOR"};
  static const std::vector<std::string> lists{"VARIANT", "TTHM"};  // may come more than once
  std::istringstream lines{std::string(header)};
  std::string line;
  if (!std::getline(lines, line)) line.clear();
  const auto first = words(trimmed(line), " \t\r");
  if (first.empty() || first.front() != "AArch64")
    fail_at(1, "expected \"AArch64 NAME\" in the first line");
  test.name = first.size() > 1 ? first[1] : printable(test.file);
  if (test.name != printable(test.name))
    fail_at(1, "expected a name of printable characters after AArch64");
  for (int number = 2; std::getline(lines, line); ++number) {
    const std::string key = key_of(line);
    if (key.empty() || contains(remarks, key)) continue;
    if (!contains(known, key)) {
      test.unsupported.push_back(fmt::format("header line {}=", printable(key)));
      continue;
    }
    const std::string_view value = trimmed(std::string_view(line).substr(line.find('=') + 1));
    const auto [entry, added] = test.header.emplace(key, value);
    if (added) continue;
    if (!contains(lists, key)) fail_at(number, fmt::format("{}= is given twice", key));
    entry->second += fmt::format(",{}", value);
  }
}

void apply_header(Test& test) {
  apply_variants(test);
  apply_hardware_updates(test);
  for (const std::size_t p : threads_named(single(test, "EL0"), test))
    test.threads[p].walker.unprivileged = true;
  apply_devices(test);
  apply_tables(test);
}

}  // namespace tlbmc::litmus
