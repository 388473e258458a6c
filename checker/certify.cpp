#include "checker/certify.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "checker/certificate.h"
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
      if (options_.reseal) reseal();
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
    std::ifstream stream(folder_ / file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) reject(fmt::format("{}: cannot be read", file));
    return text.str();
  }

  void read_manifest() {
    manifest_ = read_json((folder_ / "manifest.json").string());
    const JsonNode root(manifest_, "");
    root.object({"format", "tool", "case", "options_hash", "options", "lemmas", "files"});
    if (root.at("format").string() != "tlbmc certificate 1")
      root.at("format").fail("expected \"tlbmc certificate 1\"");
    stamp_ = {root.at("case").string(), root.at("options_hash").string(), root.at("tool").string()};
    root.at("options").object({"variant", "drop", "operations", "properties"});
    for (const auto& name : root.at("lemmas").elements()) name.string();
    for (const auto& [file, hash] : root.at("files").members()) hash.string();
  }

  // Every file is named in the manifest, with its hash, and there are no others.
  void check_hashes() const {
    const JsonNode root(manifest_, "");
    std::set<std::string> named{"manifest.json"};
    for (const auto& [file, hash] : root.at("files").members()) {
      named.insert(file);
      if (hash_of(read(file)) != hash.string())
        reject(fmt::format("{}: its hash is not the manifest's", file));
    }
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      const auto file = fs::relative(entry.path(), folder_).generic_string();
      if (!entry.is_directory() && !named.contains(file))
        reject(fmt::format("{}: not in the manifest", file));
    }
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
    }
    if (case_hash != stamp_.case_hash) reject("the case is not the one that was proved");
    if (options_hash != stamp_.options_hash) reject("the options are not those of the proof");
    Placement placement = value_or_throw(load_placement((folder_ / "placement.json").string()));
    if (const auto variant = options.at("variant").string(); !variant.empty())
      placement = value_or_throw(with_variant(std::move(placement), variant));
    for (const auto& line : options.at("drop").elements())
      placement = value_or_throw(without_line(std::move(placement), line.string()));
    Machine machine = value_or_throw(load_machine((folder_ / "machine.json").string()));
    std::vector<std::string> operations;
    for (const auto& name : options.at("operations").elements())
      operations.push_back(name.string());
    std::vector<int> properties;
    for (const auto& name : options.at("properties").elements()) {
      properties.push_back(static_cast<int>(name.one_of(property_names())));
      result_.properties.push_back(name.string());
    }
    if (properties.empty()) options.at("properties").fail("expected at least one property");
    case_ =
        value_or_throw(make_case(std::move(placement), std::move(machine), operations, properties));
    result_.placement = case_.placement.name;
    result_.machine = case_.machine.name;
    result_.operations = case_.operations();
  }

  // The questions that the case and the clauses give, for every lemma of every property.
  void build_questions() {
    std::set<std::string> roles;
    for (const int property : case_.properties)
      for (const Lemma& lemma : lemmas(case_, property)) {
        const std::string file = lemma.name() + "/clauses.json";
        const System system = lemma_system(case_, lemma);
        Json json = value_or_throw(capture((folder_ / file).string(),
                                           [&] { return read_json((folder_ / file).string()); }));
        if (!json.is_object()) reject(file + ": expected an object");
        if (options_.reseal) {
          json["case"] = stamp_.case_hash;
          json["options_hash"] = stamp_.options_hash;
          resealed_[file] = json.dump(1) + "\n";
        }
        const Invariant invariant = value_or_throw(capture((folder_ / file).string(), [&] {
          return read_clauses(JsonNode(json, ""), system, stamp_);
        }));
        ++result_.lemmas;
        result_.clauses += invariant.size();
        add(lemma.name(), obligations(case_, lemma, invariant, stamp_.lines()));
        if (roles.insert(lemma.roles_name()).second)
          add(lemma.roles_name(), role_obligations(case_, lemma, stamp_.lines()));
        lemmas_.push_back(lemma.name());
      }
    if (options_.reseal) manifest_["lemmas"] = lemmas_;
    if (manifest_["lemmas"] != lemmas_)
      reject("manifest.json: its lemmas are not those of its properties");
  }

  void add(const std::string& name, std::vector<QuestionFile> files) {
    for (QuestionFile& file : files)
      questions_[fmt::format("{}/{}.smt2", name, file.name)] = std::move(file);
  }

  void reseal() {
    for (const auto& [file, questions] : questions_) resealed_[file] = questions.text;
    Json hashes = Json::object();
    for (const auto& [file, old] : manifest_["files"].items())
      hashes[file] = hash_of(resealed_.contains(file) ? resealed_[file] : read(file));
    manifest_["files"] = hashes;
    manifest_["case"] = stamp_.case_hash;
    manifest_["options_hash"] = stamp_.options_hash;
    resealed_["manifest.json"] = manifest_.dump(1) + "\n";
    for (const auto& [file, text] : resealed_) {
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
    if (options_.progress) options_.progress(file);
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
  Case case_;
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
