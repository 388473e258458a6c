#include "suite/update.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "report/suite_table.h"
#include "suite/json_text.h"

namespace tlbmc {

namespace {

using Words = std::vector<std::string>;

// What one exception of a group is about.
struct Subject {
  std::string group;  // JSON pointer
  std::string operation;
  Words with;
  std::string property;
  auto operator<=>(const Subject&) const = default;
};

struct Found {
  Words violated, proved;  // names of machines, with another verdict than expected
};

Words machines_of(const Suite& suite, const std::string& group) {
  Words names;
  for (const SuiteQuestion& question : suite.questions)
    if (question.path == group &&
        std::find(names.begin(), names.end(), question.machine_name) == names.end())
      names.push_back(question.machine_name);
  return names;
}

bool is_about(const Json& exception, const Subject& subject) {
  return exception.at("operation") == subject.operation &&
         exception.at("property") == subject.property &&
         exception.value("with", Words()) == subject.with;
}

void add_exception(std::string& text, const Subject& subject, const Words& machines,
                   const Words& all) {
  Json exception{{"operation", subject.operation}, {"property", subject.property}};
  if (!subject.with.empty()) exception["with"] = subject.with;
  if (machines != all) exception["machines"] = machines;
  exception["reason"] = "TO BE REVIEWED: found by the tool, no reason given yet";
  append_element(text, subject.group, "violated", exception);
}

// These machines no longer are among those of the exceptions about the subject.
void take_away(std::string& text, const Subject& subject, const Words& machines, const Words& all) {
  const Json group = Json::parse(text).at(Json::json_pointer(subject.group));
  const Json& exceptions = group.at("violated");
  for (std::size_t i = exceptions.size(); i-- > 0;) {
    if (!is_about(exceptions[i], subject)) continue;
    Words left = exceptions[i].value("machines", all);
    std::erase_if(left, [&](const auto& machine) {
      return std::find(machines.begin(), machines.end(), machine) != machines.end();
    });
    const auto pointer = fmt::format("{}/violated/{}", subject.group, i);
    if (left.empty()) {
      remove_element(text, pointer);
    } else {
      Json changed = exceptions[i];
      changed["machines"] = left;
      replace_value(text, pointer, changed);
    }
  }
}

std::string contents(const std::string& file) {
  const std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

std::string updated_text(const Suite& suite, const Report& report) {
  std::map<std::string, const SuiteQuestion*> questions;
  for (const SuiteQuestion& question : suite.questions) questions[question.id] = &question;
  std::map<Subject, Found> changes;
  for (const ReportedCase& c : report.cases)
    for (const ReportedProperty& p : c.properties) {
      if (!p.wrong()) continue;
      const SuiteQuestion& question = *questions.at(c.id);
      Found& found = changes[{question.path,
                              c.operations.front(),
                              {c.operations.begin() + 1, c.operations.end()},
                              p.property}];
      (p.verdict == Answered::violated ? found.violated : found.proved)
          .push_back(question.machine_name);
    }
  std::string text = contents(suite.file);
  for (const auto& [subject, found] : changes) {
    const Words all = machines_of(suite, subject.group);
    if (!found.proved.empty()) take_away(text, subject, found.proved, all);
    if (!found.violated.empty()) add_exception(text, subject, found.violated, all);
  }
  return text;
}

std::string difference(const std::string& file, const std::string& before,
                       const std::string& after) {
  if (before == after) return "";
  const auto scratch =
      std::filesystem::temp_directory_path() / fmt::format("tlbmc-{}-update", getpid());
  std::filesystem::create_directories(scratch);
  std::ofstream(scratch / "a", std::ios::binary) << before;
  std::ofstream(scratch / "b", std::ios::binary) << after;
  std::string label = "'";  // for the shell
  for (const char c : file) label += c == '\'' ? std::string("'\\''") : std::string(1, c);
  const auto line =
      fmt::format("cd '{}' && diff -u --label {}' --label {}' a b", scratch.string(), label, label);
  std::string text;
  if (FILE* pipe = popen(line.c_str(), "r")) {
    std::array<char, 4096> buffer{};
    for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
      text.append(buffer.data(), n);
    pclose(pipe);
  }
  std::error_code ignored;
  std::filesystem::remove_all(scratch, ignored);
  return text;
}

}  // namespace tlbmc
