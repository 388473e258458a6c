// A certificate: everything that somebody else needs to check that a case is proved, in a folder.
//
//   manifest.json                 the case's options, the lemmas, a hash of every file
//   placement.json, machine.json  the case, with what the placement extends written out
//   LEMMA/clauses.json            the invariant of each lemma, over the nodes of the program
//   LEMMA/*.smt2                  what has to be unsat of it: initiation, consecution, safety
//   coverage/*.smt2               no addresses lie outside an operation's cases, if it has any
//   roles-*/*.smt2                the same for the roles and locks: ghosts, exclusion
//
// Every file carries the hashes of the case and of its options, and the tool's version. Hashes are
// XXH3, 128 bits, as `xxh128sum` prints them: they show a change, they do not prove authorship.
// checker/certify.h checks a certificate; docs/proof.md has the format.
#pragma once

#include <string>
#include <vector>

#include "checker/case_file.h"
#include "checker/parametric.h"
#include "model/diagnostic.h"
#include "model/json_reader.h"

namespace tlbmc {

std::string hash_of(const std::string& bytes);
std::string tool_name();  // with its version

// What the files of one certificate have in common.
struct Stamp {
  std::string case_hash, options_hash, tool;
  [[nodiscard]] std::vector<std::string> lines() const;  // for the head of an SMT-LIB file
};

// Checks the shape of manifest.json. Throws InputError.
Stamp read_manifest(const JsonNode& root);

// What is proved of one question.
struct Proved {
  const Case* question;
  const ParametricResult* result;
};

// Writes the certificate of what is proved, of the questions of each level, into a folder that is
// new or empty.
// Error: the folder cannot be written, or holds something already.
Result<std::string> write_certificate(const std::string& folder, const CaseSource& source,
                                      const std::vector<Proved>& proved);

// "no-stale-readonly-cpu-tlb-ro/clauses.json".
Json clauses_json(const Lemma& lemma, const Invariant& invariant, const System& system,
                  const Stamp& stamp);
// And back. Throws InputError where it is not such a file, is about another lemma, carries another
// stamp, or names a node, variable or value that the system does not have.
Invariant read_clauses(const JsonNode& root, const Lemma& lemma, const System& system,
                       const Stamp& stamp);
// Checks the shape alone. Throws InputError.
void read_clauses_shape(const JsonNode& root);

}  // namespace tlbmc
