// A certificate: everything that somebody else needs to check that a case is proved, in a folder.
//
//   manifest.json                 the case's options, the lemmas, a hash of every file
//   placement.json, machine.json  the case, with what the placement extends written out
//   LEMMA/clauses.json            the invariant of each lemma, over the nodes of the program
//   LEMMA/*.smt2                  what has to be unsat of it: initiation, consecution, safety
//   roles-*/*.smt2                the same for the roles and locks: ghosts, exclusion
//
// Every file carries the hashes of the case and of its options, and the tool's version. Hashes are
// XXH3, 128 bits, as `xxh128sum` prints them: they show a change, they do not prove authorship.
// checker/certify.h checks a certificate; docs/proof.md has the format.
#pragma once

#include <string>
#include <vector>

#include "checker/parametric.h"
#include "model/diagnostic.h"
#include "model/json_reader.h"

namespace tlbmc {

// How a case was asked for.
struct CaseSource {
  std::string placement, machine, variant;       // files, and a variant of the placement
  std::vector<std::string> dropped, operations;  // lines left out; operations included
};

std::string hash_of(const std::string& bytes);

// What the files of one certificate have in common.
struct Stamp {
  std::string case_hash, options_hash, tool;
  [[nodiscard]] std::vector<std::string> lines() const;  // for the head of an SMT-LIB file
};

// Writes the certificate of what is proved into a folder that is new or empty.
// Error: the folder cannot be written, or holds something already.
Result<std::string> write_certificate(const std::string& folder, const CaseSource& source,
                                      const Case& question, const ParametricResult& result);

// "no-stale-readonly-cpu-tlb-ro/clauses.json" and back.
Json clauses_json(const Lemma& lemma, const Invariant& invariant, const System& system,
                  const Stamp& stamp);
Invariant read_clauses(const JsonNode& root, const System& system, const Stamp& stamp);

}  // namespace tlbmc
