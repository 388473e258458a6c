#include "litmus/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include "litmus/scanner.h"

namespace tlbmc::litmus {

namespace {

constexpr std::array<std::string_view, 5> kColumns{"file", "class", "features", "verdict_no_ETS",
                                                   "verdict_ETS2"};

std::vector<std::string> columns_of(const std::string& line) {
  std::vector<std::string> columns(1);
  for (const char c : line) {
    if (c == '\t')
      columns.emplace_back();
    else if (c != '\r')
      columns.back() += c;
  }
  return columns;
}

std::optional<Verdict> verdict(const std::string& text, int line) {
  if (text.empty()) return std::nullopt;
  for (const Verdict v :
       {Verdict::allowed, Verdict::forbidden, Verdict::required, Verdict::not_required})
    if (text == verdict_name(v)) return v;
  fail_at(line, fmt::format("expected Allowed, Forbidden, Required or Not required, found \"{}\"",
                            printable(text)));
}

Expectations read(const std::string& file) {
  std::ifstream in = open_regular(file);
  Expectations result;
  std::string text;
  int line = 0;
  while (std::getline(in, text)) {
    ++line;
    const auto columns = columns_of(text);
    if (line == 1) {
      if (columns.size() < kColumns.size() ||
          !std::equal(kColumns.begin(), kColumns.end(), columns.begin()))
        fail_at(line, fmt::format("expected the columns {}", fmt::join(kColumns, ", ")));
      continue;
    }
    if (trimmed(text).empty()) continue;
    if (columns.size() < kColumns.size())
      fail_at(line, "expected at least five columns, separated by tabs");
    Expectation expectation{columns[1], {}};
    if (const auto none = verdict(columns[3], line)) expectation.verdicts[Ets::none] = *none;
    if (const auto ets2 = verdict(columns[4], line)) expectation.verdicts[Ets::ets2] = *ets2;
    const auto path = std::filesystem::weakly_canonical(std::filesystem::path(file).parent_path() /
                                                        columns.front());
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error))
      fail_at(line, fmt::format("there is no file {}", printable(columns.front())));
    if (!result.emplace(path.string(), std::move(expectation)).second)
      fail_at(line, fmt::format("{} is given twice", printable(columns.front())));
  }
  if (result.empty()) throw InputError("", "names no test");
  return result;
}

}  // namespace

Result<Expectations> load_expectations(const std::string& file) {
  return capture(file, [&] { return read(file); });
}

bool agrees(Verdict found, Verdict expected) {
  if (found == expected) return true;
  return found == Verdict::not_required &&
         (expected == Verdict::allowed || expected == Verdict::forbidden);
}

}  // namespace tlbmc::litmus
