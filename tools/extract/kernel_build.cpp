#include "tools/extract/kernel_build.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "tools/extract/dump_files.h"
#include "tools/extract/manifest.h"
#include "tools/extract/run_command.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDumpFlags = "-fdump-tree-ssa-lineno-blocks";
constexpr const char* kLogName = "tlbmc-make.log";
constexpr const char* kFragmentName = "tlbmc.config";  // what .config was made of

struct Toolchain {
  std::string kernel_arch, cross, default_config;
};

const Toolchain& toolchain(const std::string& arch) {
  static const std::map<std::string, Toolchain> known{
      {"arm64", {"arm64", "aarch64-linux-gnu-", "defconfig"}},
      {"x86", {"x86_64", "x86_64-linux-gnu-", "defconfig"}},
      {"powerpc", {"powerpc", "powerpc64le-linux-gnu-", "ppc64le_defconfig"}}};
  const auto found = known.find(arch);
  if (found == known.end())
    throw InputError("",
                     fmt::format("unknown architecture {}, expected arm64, x86 or powerpc", arch));
  return found->second;
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

class Builder {
 public:
  explicit Builder(const KernelBuild& request)
      : request_(request), tools_(toolchain(request.arch)), log_(request.build / kLogName) {}

  void run() {
    fs::create_directories(request_.build);
    fs::remove(log_);
    manifest_.release = kernel_release(request_.tree);
    manifest_.arch = request_.arch;
    manifest_.compiler = compiler();
    configure();
    compile();
    list_dumps();
    write_manifest(request_.build, manifest_);
  }

 private:
  void say(const std::string& text) const {
    if (request_.progress) request_.progress(text);
  }

  int make(std::vector<std::string> arguments) const {
    std::vector<std::string> args{"make",
                                  "-C",
                                  fs::absolute(request_.tree).string(),
                                  "O=" + fs::absolute(request_.build).string(),
                                  "ARCH=" + tools_.kernel_arch,
                                  "CROSS_COMPILE=" + tools_.cross,
                                  fmt::format("-j{}", std::max(1U, request_.jobs))};
    args.insert(args.end(), std::make_move_iterator(arguments.begin()),
                std::make_move_iterator(arguments.end()));
    return run_command(args, log_);
  }
  void require(int status, const std::string& what) const {
    if (status != 0)
      throw InputError({log_.string(), "", fmt::format("{} failed with status {}", what, status)});
  }

  std::string compiler() const {
    const fs::path file = request_.build / "tlbmc-compiler.txt";
    fs::remove(file);
    require(run_command({tools_.cross + "gcc", "--version"}, file), tools_.cross + "gcc");
    const std::string text = contents(file);
    return text.substr(0, text.find('\n'));
  }

  void configure() const {
    std::string wanted = manifest_.release + " " + manifest_.compiler + "\n";
    for (const fs::path& fragment : request_.fragments) {
      if (!fs::is_regular_file(fragment))
        throw InputError({fragment.string(), "", "cannot be read"});
      wanted += contents(fragment);
    }
    const fs::path known = request_.build / kFragmentName;
    if (fs::exists(request_.build / ".config") && contents(known) == wanted) return;
    say("configuring");
    fs::remove(known);
    require(make({tools_.default_config}), "make " + tools_.default_config);
    std::vector<std::string> merge{(request_.tree / "scripts/kconfig/merge_config.sh").string(),
                                   "-m", "-O", request_.build.string(),
                                   (request_.build / ".config").string()};
    for (const fs::path& fragment : request_.fragments) merge.push_back(fragment.string());
    require(run_command(merge, log_), "merge_config.sh");
    require(make({"olddefconfig"}), "make olddefconfig");
    require(make({"prepare"}), "make prepare");
    std::ofstream(known) << wanted;
  }

  void compile() const {
    std::vector<std::string> targets{fmt::format("KCFLAGS={}", kDumpFlags), "-k"};
    for (const std::string& file : request_.files) {
      if (!fs::exists(request_.tree / file)) continue;
      remove_old_dump(file);
      targets.push_back(object(file));
    }
    say(fmt::format("compiling {} files", targets.size() - 2));
    make(std::move(targets));  // -k: what does not compile is noticed by its missing object
  }

  static std::string object(const std::string& file) {
    return file.substr(0, file.size() - 1) + "o";
  }

  void remove_old_dump(const std::string& file) const {
    const fs::path dump = find_dump(request_.build, file);
    if (dump.empty()) {
      fs::remove(request_.build / object(file));  // compiled without dumps
    } else if (fs::last_write_time(dump) < fs::last_write_time(request_.tree / file)) {
      fs::remove(dump);
      fs::remove(request_.build / object(file));
    }
  }

  void list_dumps() {
    for (const std::string& file : request_.files) {
      const fs::path dump = find_dump(request_.build, file);
      if (dump.empty()) continue;
      if (!fs::exists(request_.build / object(file))) {
        fs::remove(dump);
        continue;
      }
      manifest_.dumps[file] = {fs::relative(dump, request_.build).string(),
                               hash_of(contents(dump))};
    }
    if (manifest_.dumps.empty())
      throw InputError({log_.string(), "", "none of the files of interest compiles"});
  }

  const KernelBuild& request_;
  const Toolchain& tools_;
  fs::path log_;
  Manifest manifest_;
};

}  // namespace

Result<bool> build_dumps(const KernelBuild& request) {
  return capture(request.build.string(), [&] {
    Builder(request).run();
    return true;
  });
}

}  // namespace tlbmc::extract
