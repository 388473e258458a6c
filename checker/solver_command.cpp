#include "checker/solver_command.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <z3.h>

#include <array>
#include <cstdio>
#include <sstream>

#include "checker/propositional.h"

namespace tlbmc {

namespace {

// Some bytes for each answer; no file asks as many questions.
constexpr std::size_t kMaxOutput = std::size_t{1} << 20U;

SolverAnswers parse(const std::string& output) {
  SolverAnswers result;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line == "sat" || line == "unsat" || line == "unknown")
      result.answers.push_back(line);
    else if (!line.empty() && result.error.empty())
      result.error = line;
  }
  return result;
}

SolverAnswers ask_z3(const std::string& text) {
  Z3_config config = Z3_mk_config();
  Z3_context context = Z3_mk_context(config);
  Z3_del_config(config);
  Z3_set_error_handler(context, [](Z3_context, Z3_error_code) {});
  SolverAnswers result = parse(Z3_eval_smtlib2_string(context, text.c_str()));
  Z3_del_context(context);
  return result;
}

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

SolverAnswers run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {{}, fmt::format("cannot run {}", command)};
  std::string output;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    if (output.append(buffer.data(), n).size() > kMaxOutput) break;
  const int status = pclose(pipe);  // a solver that still writes ends with SIGPIPE
  if (output.size() > kMaxOutput)
    return {{}, fmt::format("{} wrote more than {} bytes", command, kMaxOutput)};
  SolverAnswers result = parse(output);
  if (status != 0 && result.error.empty())
    result.error = fmt::format("{} ended with status {}", command,
                               WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return result;
}

}  // namespace

SolverAnswers ask_solver(const std::string& solver, const std::string& file,
                         const std::string& text) {
  if (solver == "z3") return ask_z3(text);
  if (solver == "cadical") return ask_cadical(text);
  const std::string command = solver == "cvc5" ? "cvc5 --incremental" : solver;
  return run(command + " " + quoted(file));
}

}  // namespace tlbmc
