#include "suite/emit.h"

#include <fmt/format.h>

#include <filesystem>

namespace tlbmc {

namespace {

std::string quoted(const std::string& word) {
  std::string text;
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return fmt::format("'{}'", text);
}

// `shard`: a number, or a variable of the shell that has it.
std::string command(const EmitOptions& o, const std::string& shard) {
  std::string text = fmt::format("{} suite {}", quoted(o.tool), quoted(o.suite));
  for (const auto& argument : o.arguments) text += " " + quoted(argument);
  return text + fmt::format(" --shard {0}/{1} --format json -o {2}/shard-{0}.json", shard, o.shards,
                            quoted(o.folder));
}

std::string merge(const EmitOptions& o) {
  std::string text = fmt::format("{} suite {} --merge", quoted(o.tool), quoted(o.suite));
  for (std::size_t i = 1; i <= o.shards; ++i)
    text += fmt::format(" {}/shard-{}.json", quoted(o.folder), i);
  return text;
}

// A shard with a verdict other than expected is done, too: 10, 20.
std::string done(const std::string& command, const char* dollar) {
  return fmt::format("{0}; s={1}?; [ {1}s = 0 ] || [ {1}s = 10 ] || [ {1}s = 20 ]", command,
                     dollar);
}

std::string slurm(const EmitOptions& o) {
  return fmt::format(
      "#!/bin/sh\n"
      "# sbatch --wait THIS, then:\n"
      "# {}\n"
      "#SBATCH --job-name=tlbmc-{}\n"
      "#SBATCH --array=1-{}\n"
      "#SBATCH --output={}/shard-%a.log\n"
      "{}\n",
      merge(o), std::filesystem::path(o.suite).stem().string(), o.shards, o.folder,
      done(command(o, "\"$SLURM_ARRAY_TASK_ID\""), "$"));
}

// parallel runs each line as it stands, so it can go to any host that sees the same files.
std::string parallel(const EmitOptions& o) {
  std::string text;
  for (std::size_t i = 1; i <= o.shards; ++i)
    text += done(command(o, fmt::format("{}", i)), "$") + "\n";
  return text;
}

std::string ninja(const EmitOptions& o) {
  const auto escaped = [](const std::string& text, const std::string& special) {
    std::string result;
    for (const char c : text) {
      if (special.find(c) != std::string::npos) result.push_back('$');
      result.push_back(c);
    }
    return result;
  };
  const auto path = [&](const std::string& text) { return escaped(text, "$ :"); };
  const auto line = [&](const std::string& text) { return escaped(text, "$"); };
  std::string text = fmt::format(
      "# ninja -f THIS; the table is in table.txt\n"
      "rule run\n  command = $line\n  description = $what\n");
  std::string results;
  for (std::size_t i = 1; i <= o.shards; ++i) {
    const auto result = path(fmt::format("{}/shard-{}.json", o.folder, i));
    results += " " + result;
    text += fmt::format("build {}: run\n  what = shard {} of {}\n  line = {}\n", result, i,
                        o.shards, line(done(command(o, fmt::format("{}", i)), "$")));
  }
  return text + fmt::format("build {}: run{}\n  what = merge\n  line = {}\n",
                            path(o.folder + "/table.txt"), results,
                            line(done(merge(o) + " > " + quoted(o.folder + "/table.txt"), "$")));
}

}  // namespace

std::string emitted(const EmitOptions& options) {
  if (options.scheduler == "slurm") return slurm(options);
  return options.scheduler == "parallel" ? parallel(options) : ninja(options);
}

}  // namespace tlbmc
