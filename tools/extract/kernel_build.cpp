#include "tools/extract/kernel_build.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tools/extract/dump_files.h"
#include "tools/extract/manifest.h"
#include "tools/extract/run_command.h"
#include "tools/extract/toolchain.h"

namespace tlbmc::extract {

namespace fs = std::filesystem;

namespace {

constexpr const char* kDumpFlags = "-fdump-tree-ssa-lineno-blocks";
constexpr const char* kLogName = "tlbmc-make.log";

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
    std::string found = installed_compiler(tools_);
    if (found.empty()) throw InputError({tools_.cross + "gcc", "", "is not installed"});
    return found;
  }

  void configure() const {
    const std::string wanted =
        configuration_text(manifest_.release, manifest_.compiler, request_.fragments);
    const fs::path known = request_.build / kConfigurationName;
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
    manifest_.asked = request_.files;
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
