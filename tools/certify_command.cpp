#include <fmt/format.h>

#include "checker/certify.h"
#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/output.h"

namespace tlbmc {

namespace {

struct Options {
  std::string folder;
  CertifyOptions certify;
};

std::string text_of(const Certified& found, const std::string& solver) {
  switch (found.verdict) {
    case Certified::Verdict::accepted: {
      std::string text =
          fmt::format("{} on {}, case {}\n", found.placement, found.machine, found.case_hash);
      for (const std::string& property : found.properties)
        text += fmt::format("{}: PROVED, certificate accepted\n", property);
      for (const std::string& line : found.assumptions) text += fmt::format("assumed: {}\n", line);
      return text + fmt::format("{} lemmas, {} clauses; {} questions, each answered unsat by {}\n",
                                found.lemmas, found.clauses, found.questions, solver);
    }
    case Certified::Verdict::rejected: return fmt::format("REJECTED: {}\n", found.reason);
    case Certified::Verdict::unknown: return fmt::format("UNKNOWN: {}\n", found.reason);
  }
  return "";
}

int run(Options& options) {
  catch_interrupts();
  options.certify.stop = [] { return interrupted().load(); };
  const auto found = certify(options.folder, options.certify);
  if (!found.ok()) return report(found.error());
  if (!write_result("", text_of(found.value(), options.certify.solver))) return kUsage;
  switch (found.value().verdict) {
    case Certified::Verdict::accepted: return kOk;
    case Certified::Verdict::rejected: return kRejected;
    case Certified::Verdict::unknown: break;
  }
  return kUnknown;
}

}  // namespace

void add_certify(CLI::App& app, Commands& commands) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("certify", "Check a certificate that verify wrote");
  command->footer(
      "Example:\n"
      "  tlbmc verify ... --certificate proof; tlbmc certify proof --solver cvc5\n"
      "Exit status: 0 accepted; 30 rejected; 20 a solver gave no answer; 2 no certificate there.");
  command->add_option("DIR", options->folder, "The certificate's folder")->required();
  command
      ->add_option(
          "--solver", options->certify.solver,
          "z3 and cadical (built in), cvc5, or a command to which a file's name is appended")
      ->capture_default_str();
  command->add_flag("--reseal", options->certify.reseal,
                    "Write the questions and hashes again first, for clauses changed by hand");
  commands["certify"] = [options] { return run(*options); };
}

}  // namespace tlbmc
