#include "checker/certificate.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>

#include "checker/coverage.h"
#include "checker/obligations.h"
#include "properties/property.h"

#ifndef TLBMC_VERSION
#error "TLBMC_VERSION is not defined"
#endif

namespace tlbmc {

namespace {

// "3-7,9": most clauses hold at many nodes in a row.
std::string ranges(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", numbers[i]);
    if (last > i) text += fmt::format("-{}", numbers[last]);
    i = last + 1;
  }
  return text;
}

std::vector<int> read_ranges(const JsonNode& node, int locations) {
  const std::string text = node.string();
  std::set<int> numbers;
  std::size_t at = 0;
  const auto number = [&] {
    std::size_t digits = 0;
    while (at + digits < text.size() && std::isdigit(static_cast<unsigned char>(text[at + digits])))
      ++digits;
    if (digits == 0 || digits > 6) node.fail("expected node numbers such as \"3-7,9\"");
    const int value = std::stoi(text.substr(at, digits));
    at += digits;
    if (value >= locations)
      node.fail(fmt::format("no node {}, the program has {}", value, locations));
    return value;
  };
  for (;;) {
    const int first = number();
    int last = first;
    if (at < text.size() && text[at] == '-') {
      ++at;
      last = number();
    }
    if (last < first) node.fail(fmt::format("expected a range, found {}-{}", first, last));
    for (int i = first; i <= last; ++i) numbers.insert(i);
    if (at == text.size()) break;
    if (text[at++] != ',') node.fail("expected node numbers such as \"3-7,9\"");
  }
  return {numbers.begin(), numbers.end()};
}

class Writer {
 public:
  Writer(std::filesystem::path folder, const CaseSource& source, const std::vector<Proved>& proved)
      : folder_(std::move(folder)), proved_(proved) {
    files_["placement.json"] = self_contained(source.placement).dump(1) + "\n";
    files_["machine.json"] = read_json(source.machine).dump(1) + "\n";
    options_ = {{"variant", source.variant},
                {"drop", source.dropped},
                {"operations", source.operations},
                {"properties", Json::array()}};
    for (const Proved& level : proved)
      for (const int property : level.result->proved)
        options_["properties"].push_back(catalogue().at(static_cast<std::size_t>(property)).name);
    stamp_ = {hash_of(files_["placement.json"] + files_["machine.json"]), hash_of(options_.dump()),
              tool_name()};
  }

  void write() {
    for (const Proved& level : proved_)
      if (!level.result->proved.empty())
        add(coverage_name(level.question->program),
            coverage(level.question->program, stamp_.lines()));
    Json lemmas = Json::array();
    for (const Proved& level : proved_)
      for (const LemmaProof& proof : level.result->lemmas)
        if (level.result->proves(proof.lemma.property)) {
          add_lemma(*level.question, proof);
          lemmas.push_back(proof.lemma.name());
        }
    Json hashes = Json::object();
    for (const auto& [file, text] : files_) hashes[file] = hash_of(text);
    const Json manifest{{"format", "tlbmc certificate 1"},
                        {"tool", stamp_.tool},
                        {"case", stamp_.case_hash},
                        {"options_hash", stamp_.options_hash},
                        {"options", options_},
                        {"lemmas", lemmas},
                        {"files", hashes}};
    files_["manifest.json"] = manifest.dump(1) + "\n";
    for (const auto& [file, text] : files_) store(file, text);
  }

 private:
  void add_lemma(const Case& question, const LemmaProof& proof) {
    const std::string name = proof.lemma.name();
    files_[name + "/clauses.json"] =
        clauses_json(proof.lemma, proof.invariant, lemma_system(question, proof.lemma), stamp_)
            .dump(1) +
        "\n";
    add(name, obligations(question, proof.lemma, proof.invariant, stamp_.lines()));
    if (roles_.insert(proof.lemma.roles_name()).second)
      add(proof.lemma.roles_name(), role_obligations(question, proof.lemma, stamp_.lines()));
  }

  void add(const std::string& name, const std::vector<QuestionFile>& questions) {
    for (const QuestionFile& file : questions)
      files_[fmt::format("{}/{}.smt2", name, file.name)] = file.text;
  }

  void store(const std::string& file, const std::string& text) const {
    const auto path = folder_ / file;
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    std::ofstream stream(path, std::ios::binary);
    stream << text;
    stream.close();
    if (!stream) throw InputError(Diagnostic{path.string(), "", "cannot be written"});
  }

  std::filesystem::path folder_;
  const std::vector<Proved>& proved_;
  Json options_;
  Stamp stamp_;
  std::map<std::string, std::string> files_;
  std::set<std::string> roles_;
};

}  // namespace

std::string hash_of(const std::string& bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string tool_name() { return "tlbmc " TLBMC_VERSION; }

std::vector<std::string> Stamp::lines() const {
  return {fmt::format("case {}, options {}, {}", case_hash, options_hash, tool)};
}

Stamp read_manifest(const JsonNode& root) {
  root.object({"format", "tool", "case", "options_hash", "options", "lemmas", "files"});
  if (root.at("format").string() != "tlbmc certificate 1")
    root.at("format").fail("expected \"tlbmc certificate 1\"");
  const JsonNode options = root.at("options");
  options.object({"variant", "drop", "operations", "properties"}).at("variant").string();
  for (const char* key : {"drop", "operations", "properties"}) options.at(key).strings();
  root.at("lemmas").strings();
  for (const auto& [file, hash] : root.at("files").members()) hash.string();
  return {root.at("case").string(), root.at("options_hash").string(), root.at("tool").string()};
}

Json clauses_json(const Lemma& lemma, const Invariant& invariant, const System& system,
                  const Stamp& stamp) {
  Json clauses = Json::array();
  for (const Clause& clause : invariant) {
    Json one_of = Json::object();
    for (const Literal& literal : clause.literals) {
      const auto& all = literal.var.scope == Scope::shared ? system.shared : system.local;
      const Variable& variable = all[static_cast<std::size_t>(literal.var.index)];
      Json values = Json::array();
      for (int value = 0; value < variable.domain; ++value)
        if (((literal.values >> value) & 1U) != 0) values.push_back(value);
      one_of[variable.name] = values;
    }
    clauses.push_back({{"at", ranges(clause.locations)}, {"one-of", one_of}});
  }
  return {{"lemma", lemma.name()},
          {"case", stamp.case_hash},
          {"options_hash", stamp.options_hash},
          {"tool", stamp.tool},
          {"clauses", clauses}};
}

void read_clauses_shape(const JsonNode& root) {
  root.object({"lemma", "case", "options_hash", "tool", "clauses"});
  for (const char* key : {"lemma", "case", "options_hash", "tool"}) root.at(key).string();
  for (const auto& clause : root.at("clauses").elements()) {
    clause.object({"at", "one-of"});
    read_ranges(clause.at("at"), std::numeric_limits<int>::max());
    for (const auto& [name, values] : clause.at("one-of").members())
      for (const auto& value : values.elements()) value.number();
  }
}

Invariant read_clauses(const JsonNode& root, const Lemma& lemma, const System& system,
                       const Stamp& stamp) {
  root.object({"lemma", "case", "options_hash", "tool", "clauses"});
  const auto equal = [&](const char* key, const std::string& expected) {
    if (root.at(key).string() != expected)
      root.at(key).fail(fmt::format("expected \"{}\"", expected));
  };
  equal("lemma", lemma.name());
  equal("case", stamp.case_hash);
  equal("options_hash", stamp.options_hash);
  equal("tool", stamp.tool);
  Invariant invariant;
  for (const auto& node : root.at("clauses").elements()) {
    node.object({"at", "one-of"});
    Clause clause{read_ranges(node.at("at"), system.locations), {}};
    for (const auto& [name, values] : node.at("one-of").members()) {
      const auto find = [&, wanted = name](const std::vector<Variable>& all) {
        return static_cast<int>(
            std::find_if(all.begin(), all.end(),
                         [&](const Variable& variable) { return variable.name == wanted; }) -
            all.begin());
      };
      Literal literal{{Scope::shared, find(system.shared)}, 0};
      const auto* all = &system.shared;
      if (literal.var.index == static_cast<int>(all->size())) {
        all = &system.local;
        literal.var = {Scope::self, find(system.local)};
      }
      if (literal.var.index == static_cast<int>(all->size()))
        values.fail(fmt::format("no variable \"{}\"", name));
      const int domain = (*all)[static_cast<std::size_t>(literal.var.index)].domain;
      for (const auto& value : values.elements()) {
        const auto number =
            value.value().is_number_integer() ? value.value().get<std::int64_t>() : -1;
        if (number < 0 || number >= domain)
          value.fail(fmt::format("expected a value from 0 to {}", domain - 1));
        literal.values |= 1U << static_cast<unsigned>(number);
      }
      clause.literals.push_back(literal);
    }
    invariant.push_back(std::move(clause));
  }
  return invariant;
}

Result<std::string> write_certificate(const std::string& folder, const CaseSource& source,
                                      const std::vector<Proved>& proved) {
  return capture(folder, [&] {
    std::error_code error;
    if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error))
      throw InputError("", "expected a folder that is new or empty");
    Writer(folder, source, proved).write();
    return folder;
  });
}

}  // namespace tlbmc
