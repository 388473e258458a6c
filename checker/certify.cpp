#include "checker/certify.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "checker/certificate.h"
#include "checker/coverage.h"
#include "checker/obligations.h"
#include "checker/solver_command.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

namespace fs = std::filesystem;

// Ends the check: the certificate is not a proof, or it could not be found out.
struct Ended {
  Certified::Verdict verdict;
  std::string reason;
};

[[noreturn]] void reject(const std::string& reason) {
  throw Ended{Certified::Verdict::rejected, reason};
}

class Certifier {
 public:
  Certifier(fs::path folder, const CertifyOptions& options)
      : folder_(std::move(folder)), options_(options) {}

  Certified run() {
    read_manifest();
    try {
      if (!options_.reseal) check_hashes();
      read_case();
      build_questions();
      if (options_.reseal) {
        reseal();
        check_hashes();
      }
      compare_files();
      for (const auto& [file, questions] : questions_) solve(file, questions);
      result_.verdict = Certified::Verdict::accepted;
    } catch (const Ended& ended) {
      result_.verdict = ended.verdict;
      result_.reason = ended.reason;
    } catch (const InputError& error) {  // what the certificate holds cannot be read
      result_.verdict = Certified::Verdict::rejected;
      result_.reason = error.diagnostic().text();
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::string read(const std::string& file) const {
    std::error_code error;
    const auto size = fs::file_size(folder_ / file, error);
    if (error || !fs::is_regular_file(fs::symlink_status(folder_ / file, error)))
      reject(fmt::format("{}: expected a file that can be read", file));
    if (size > kMaxFileBytes) reject(fmt::format("{}: larger than {} bytes", file, kMaxFileBytes));
    std::string text(size, '\0');
    std::ifstream stream(folder_ / file, std::ios::binary);
    if (!stream.read(text.data(), static_cast<std::streamsize>(size)))
      reject(fmt::format("{}: cannot be read", file));
    return text;
  }

  [[nodiscard]] Json object_of(const std::string& file, const std::string& text) const {
    Json json =
        value_or_throw(capture((folder_ / file).string(), [&] { return parse_json(text); }));
    if (!json.is_object()) reject(file + ": expected an object");
    return json;
  }

  // Names of what is in the folder: files, in folders, and nothing else.
  [[nodiscard]] std::set<std::string> files_there() const {
    std::set<std::string> files;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder_, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      const auto file = entry->path().lexically_relative(folder_).generic_string();
      const auto status = entry->symlink_status(error);
      if (fs::is_regular_file(status))
        files.insert(file);
      else if (!fs::is_directory(status))
        reject(fmt::format("{}: expected a file or a folder", file));
    }
    if (error) reject(fmt::format("the folder cannot be read: {}", error.message()));
    return files;
  }

  void read_manifest() {
    manifest_ = read_json((folder_ / "manifest.json").string());
    stamp_ = tlbmc::read_manifest(JsonNode(manifest_, ""));
  }

  // Every file is named in the manifest, with its hash, and there are no others.
  void check_hashes() const {
    std::set<std::string> there = files_there();
    there.erase("manifest.json");
    for (const auto& [file, hash] : JsonNode(manifest_, "").at("files").members()) {
      if (there.erase(file) == 0) reject(fmt::format("{}: no such file", file));
      if (hash_of(read(file)) != hash.string())
        reject(fmt::format("{}: its hash is not the manifest's", file));
    }
    if (!there.empty()) reject(fmt::format("{}: not in the manifest", *there.begin()));
  }

  void read_case() {
    const JsonNode options(manifest_["options"], "/options");
    const std::string placement_text = read("placement.json");
    const std::string machine_text = read("machine.json");
    const std::string case_hash = hash_of(placement_text + machine_text);
    const std::string options_hash = hash_of(manifest_["options"].dump());
    if (options_.reseal) {
      stamp_.case_hash = case_hash;
      stamp_.options_hash = options_hash;
      stamp_.tool = tool_name();
    }
    if (case_hash != stamp_.case_hash) reject("the case is not the one that was proved");
    if (options_hash != stamp_.options_hash) reject("the options are not those of the proof");
    // The hash covers this file alone.
    const Json placement_json = object_of("placement.json", placement_text);
    if (placement_json.contains("extends"))
      reject("placement.json: expected what it extends to be written out");
    Placement placement =
        value_or_throw(parse_placement(placement_json, (folder_ / "placement.json").string()));
    if (const auto variant = options.at("variant").string(); !variant.empty())
      placement = value_or_throw(with_variant(std::move(placement), variant));
    for (const auto& line : options.at("drop").elements())
      placement = value_or_throw(without_line(std::move(placement), line.string()));
    Machine machine = value_or_throw(parse_machine(object_of("machine.json", machine_text),
                                                   (folder_ / "machine.json").string()));
    std::vector<std::string> operations;
    for (const auto& name : options.at("operations").elements())
      operations.push_back(name.string());
    std::vector<int> properties;
    for (const auto& name : options.at("properties").elements()) {
      const auto property = static_cast<int>(name.one_of(property_names()));
      if (std::find(properties.begin(), properties.end(), property) != properties.end())
        name.fail("expected each property once");
      properties.push_back(property);
      result_.properties.push_back(name.string());
    }
    if (properties.empty()) options.at("properties").fail("expected at least one property");
    for (const std::vector<int>& level : by_level(properties))
      cases_.push_back(value_or_throw(make_primitive_case(placement, machine, operations, level)));
    result_.placement = placement.name;
    result_.machine = machine.name;
    result_.case_hash = stamp_.case_hash;
    result_.operations = cases_.front().operations();
    for (const Case& question : cases_)
      for (const std::string& line : assumptions(question))
        if (std::find(result_.assumptions.begin(), result_.assumptions.end(), line) ==
            result_.assumptions.end())
          result_.assumptions.push_back(line);
  }

  // The questions that the case and the clauses give, for every lemma of every property.
  void build_questions() {
    for (const Case& question : cases_) {
      add(coverage_name(question.program), coverage(question.program, stamp_.lines()));
      for (const int property : question.properties)
        for (const Lemma& lemma : lemmas(question, property)) build_lemma(question, lemma);
    }
    if (options_.reseal) manifest_["lemmas"] = lemmas_;
    if (manifest_["lemmas"] != lemmas_)
      reject("manifest.json: its lemmas are not those of its properties");
  }

  void build_lemma(const Case& question, const Lemma& lemma) {
    const std::string file = lemma.name() + "/clauses.json";
    const System system = lemma_system(question, lemma);
    Json json = object_of(file, read(file));
    if (options_.reseal) {
      json["case"] = stamp_.case_hash;
      json["options_hash"] = stamp_.options_hash;
      json["tool"] = stamp_.tool;
      resealed_[file] = json.dump(1) + "\n";
    }
    const Invariant invariant = value_or_throw(capture((folder_ / file).string(), [&] {
      return read_clauses(JsonNode(json, ""), lemma, system, stamp_);
    }));
    ++result_.lemmas;
    result_.clauses += invariant.size();
    add(lemma.name(), obligations(question, lemma, invariant, stamp_.lines()));
    if (roles_.insert(lemma.roles_name()).second)
      add(lemma.roles_name(), role_obligations(question, lemma, stamp_.lines()));
    lemmas_.push_back(lemma.name());
  }

  void add(const std::string& name, std::vector<QuestionFile> files) {
    for (QuestionFile& file : files)
      questions_[fmt::format("{}/{}.smt2", name, file.name)] = std::move(file);
  }

  void reseal() {
    for (const auto& [file, questions] : questions_) resealed_[file] = questions.text;
    std::map<std::string, std::string> hashes;
    for (const auto& [file, text] : resealed_) hashes[file] = hash_of(text);
    for (const char* file : {"machine.json", "placement.json"}) hashes[file] = hash_of(read(file));
    manifest_["files"] = hashes;
    manifest_["tool"] = stamp_.tool;
    manifest_["case"] = stamp_.case_hash;
    manifest_["options_hash"] = stamp_.options_hash;
    resealed_["manifest.json"] = manifest_.dump(1) + "\n";
    for (const auto& [file, text] : resealed_) {
      std::error_code error;
      fs::create_directories((folder_ / file).parent_path(), error);
      std::ofstream stream(folder_ / file, std::ios::binary);
      stream << text;
      stream.close();
      if (!stream) throw Ended{Certified::Verdict::unknown, file + ": cannot be written"};
    }
  }

  void compare_files() const {
    for (const auto& [file, questions] : questions_)
      if (read(file) != questions.text)
        reject(fmt::format("{}: not what the case and the clauses give", file));
  }

  void solve(const std::string& file, const QuestionFile& questions) {
    if (options_.stop && options_.stop())
      throw Ended{Certified::Verdict::unknown, fmt::format("stopped before {}", file)};
    const SolverAnswers found =
        ask_solver(options_.solver, (folder_ / file).string(), questions.text);
    for (std::size_t i = 0; i < found.answers.size() && i < questions.questions.size(); ++i) {
      if (found.answers[i] == "unsat") continue;
      const auto reason =
          fmt::format("{}: {} is {}: {}", file, i, found.answers[i], questions.questions[i]);
      if (found.answers[i] == "sat") reject(reason);
      throw Ended{Certified::Verdict::unknown, reason};
    }
    if (!found.error.empty() || found.answers.size() != questions.questions.size())
      throw Ended{Certified::Verdict::unknown,
                  fmt::format("{}: {} answers to {} questions from {}{}{}", file,
                              found.answers.size(), questions.questions.size(), options_.solver,
                              found.error.empty() ? "" : ": ", found.error)};
    result_.questions += questions.questions.size();
  }

  fs::path folder_;
  const CertifyOptions& options_;
  Json manifest_;
  Stamp stamp_;
  std::vector<Case> cases_;  // of each level
  std::set<std::string> roles_;
  std::map<std::string, QuestionFile> questions_;
  std::map<std::string, std::string> resealed_;
  Json lemmas_ = Json::array();  // names, in the order of the manifest
  Certified result_;
};

}  // namespace

Result<Certified> certify(const std::string& folder, const CertifyOptions& options) {
  return capture((fs::path(folder) / "manifest.json").string(),
                 [&] { return Certifier(folder, options).run(); });
}

}  // namespace tlbmc
