#include "checker/certificate.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

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
  Writer(std::filesystem::path folder, const CaseSource& source, const Case& question,
         const ParametricResult& result)
      : folder_(std::move(folder)), case_(question), result_(result) {
    files_["placement.json"] = self_contained(source.placement).dump(1) + "\n";
    files_["machine.json"] = read_json(source.machine).dump(1) + "\n";
    options_ = {{"variant", source.variant},
                {"drop", source.dropped},
                {"operations", source.operations},
                {"properties", Json::array()}};
    for (const int property : result.proved)
      options_["properties"].push_back(catalogue().at(static_cast<std::size_t>(property)).name);
    stamp_ = {hash_of(files_["placement.json"] + files_["machine.json"]), hash_of(options_.dump()),
              "tlbmc " TLBMC_VERSION};
  }

  void write() {
    Json lemmas = Json::array();
    for (const LemmaProof& proof : result_.lemmas) {
      if (!result_.proves(proof.lemma.property)) continue;
      const std::string name = proof.lemma.name();
      files_[name + "/clauses.json"] =
          clauses_json(proof.lemma, proof.invariant, lemma_system(case_, proof.lemma), stamp_)
              .dump(1) +
          "\n";
      add(name, obligations(case_, proof.lemma, proof.invariant, stamp_.lines()));
      if (roles_.insert(proof.lemma.roles_name()).second)
        add(proof.lemma.roles_name(), role_obligations(case_, proof.lemma, stamp_.lines()));
      lemmas.push_back(name);
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
  const Case& case_;
  const ParametricResult& result_;
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

std::vector<std::string> Stamp::lines() const {
  return {fmt::format("case {}, options {}, {}", case_hash, options_hash, tool)};
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

Invariant read_clauses(const JsonNode& root, const System& system, const Stamp& stamp) {
  root.object({"lemma", "case", "options_hash", "tool", "clauses"});
  const auto equal = [&](const char* key, const std::string& expected) {
    if (root.at(key).string() != expected)
      root.at(key).fail(fmt::format("expected {}, the certificate's", expected));
  };
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
        if (!value.value().is_number_unsigned() ||
            value.value().get<unsigned>() >= static_cast<unsigned>(domain))
          value.fail(fmt::format("expected a value from 0 to {}", domain - 1));
        literal.values |= 1U << value.value().get<unsigned>();
      }
      clause.literals.push_back(literal);
    }
    invariant.push_back(std::move(clause));
  }
  return invariant;
}

Result<std::string> write_certificate(const std::string& folder, const CaseSource& source,
                                      const Case& question, const ParametricResult& result) {
  return capture(folder, [&] {
    std::error_code error;
    if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error))
      throw InputError("", "expected a folder that is new or empty");
    Writer(folder, source, question, result).write();
    return folder;
  });
}

}  // namespace tlbmc
