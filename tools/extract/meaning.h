// What the extractor is told, because the code does not say it in words that it reads
// (cases/extract/meaning.json): which conditions are about the PTE, what some calls return, how PTE
// values are made, which calls are not followed.
#pragma once

#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/json_reader.h"
#include "tools/extract/value.h"

namespace tlbmc::extract {

// What a branch is about.
struct ConditionMeaning {
  enum class Kind {
    pte,             // a test of the PTE: `word` is as in a placement's condition
    gather_pending,  // whether this gather has something to flush
    batch_own,       // whether this thread batched a flush
    batch_pending,   // whether another thread did
    gather_nested,   // whether another thread's gather is under way
    once,            // it is so at least once before it is not; `why` is an assumption
    constant         // it has this value; `why` is an assumption
  };
  std::string function;  // empty: any
  std::regex text;       // matches part of the condition, as to_text() has it
  Kind kind = Kind::pte;
  std::string word;
  bool value = true;  // what the condition is if the test holds; of `constant`: its value
  std::string after;  // of `once`: or this kind of event came before it in the function
  std::string why;
};

struct CallMeaning {
  Value returns;
  std::string why;
};

// How a function makes a PTE value: from that of an argument, or from nothing.
struct PteMaker {
  std::optional<std::size_t> of;  // the argument that it changes
  std::optional<Frame> frame;
  bool absent = false;  // pte_present() is not true of it; it is of one that was made invalid
  std::optional<Write> write;
  bool number = false;  // the argument is a number, of which 0 is the empty entry
};

// What the bits of an entry say on one architecture.
struct EntryBits {
  std::uint64_t present = 0;    // set in an entry that walkers use
  bool or_keeps_write = false;  // a bit that is set takes no write permission away
};

// An address that has a name of its own wherever it occurs, and what is known of it.
struct AddressMeaning {
  std::string name;
  std::vector<std::string> where;  // conditions over it and other such names, page, entry, ...
  std::string why;
};

using AddressMeanings = std::map<std::string, AddressMeaning, std::less<>>;

struct Meaning {
  std::vector<ConditionMeaning> conditions;
  std::map<std::string, CallMeaning, std::less<>> results;
  std::map<std::string, PteMaker, std::less<>> pte_makers;
  std::set<std::string, std::less<>> pte_readers;  // calls that return what an entry holds
  std::set<std::string> own_structs;  // that only one thread uses, reached by pointers handed on
  std::set<std::string, std::less<>> struct_readers;  // without a body, store nothing in those
  std::set<std::string, std::less<>> const_members;   // "struct.member": nobody stores to it
  std::map<std::string, std::string, std::less<>> whole_loops;  // the page is met there, and why
  std::map<std::string, std::string, std::less<>> cuts;         // not followed, and why
  AddressMeanings address_results;                              // by the function that returns it
  AddressMeanings address_members;                              // by "struct.member"
  AddressMeanings address_locals;  // by "function.variable", of variables that callees set
  std::map<std::string, EntryBits> entry_bits;  // by architecture

  // The first that fits. Null: none does.
  [[nodiscard]] const ConditionMeaning* find(std::string_view function,
                                             const std::string& condition) const;
  // Whether some condition is so only after an event of this kind.
  [[nodiscard]] bool is_awaited(std::string_view kind) const;
};

Result<Meaning> load_meaning(const std::string& file);
Meaning read_meaning(const JsonNode& root);

}  // namespace tlbmc::extract
