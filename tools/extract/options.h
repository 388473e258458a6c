// The command line of tlbmc-extract.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/extract/dump_files.h"
#include "tools/extract/entries.h"
#include "tools/extract/event_rules.h"
#include "tools/extract/kernel_build.h"
#include "tools/extract/meaning.h"

namespace CLI {
class App;
}

namespace tlbmc::extract {

struct Options {
  std::string tree, build, arch;
  std::string data;                  // the directory with the rules; empty: beside the program
  std::vector<std::string> configs;  // fragments, besides those of the data directory
  std::string entries;               // a list; empty: that of the version and architecture
  std::vector<std::string> only;     // these entries
  std::string output;                // the placement; empty: it is not made
  std::string name;                  // of the placement; empty: of the list, "-extracted"
  std::vector<std::string> without_rules;  // names of event rules
  bool control = false;  // without what invalidates secondary TLBs: nothing may hold then
  bool ranges = false;   // with the addresses that flushes and notifier calls are for
  bool ready = false;    // the dumps are there already
  bool reuse = false;    // if the dumps are there and not stale, they are taken
  std::string report;    // where to say what became of every entry
  std::string patch;     // applied to a copy of the tree
  std::string diff;      // the old tree, or a patch; empty: nothing is compared
  // For the verdicts of the comparison; empty: that of the architecture, the core ones.
  std::vector<std::string> machines, properties;
  std::string witness;  // a result of `tlbmc verify` whose violations are followed in the source
  double timeout = 0;   // seconds for each question; 0: as `tlbmc diff` has it
  unsigned jobs = 2;
  std::vector<std::string> show;  // functions whose event graphs are printed
};

void add_options(CLI::App& app, Options& options);

// The data directory: cases/extract of the sources, or where they are installed. Throws InputError
// if it is not found.
std::filesystem::path data_directory(const Options& options);
// What is to be compiled, and read. Throw InputError.
KernelBuild kernel_build(const Options& options);
DumpSet dump_set(const Options& options);
EventRules event_rules(const Options& options);
EntryList entry_list(const Options& options);
Meaning meaning(const Options& options);
std::vector<std::string> machines(const Options& options);

}  // namespace tlbmc::extract
