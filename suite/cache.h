// Answers of earlier runs, by what they depend on: the case, its options and the tool. A database
// in a folder that any number of runs may use at the same time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "model/json_reader.h"

struct sqlite3;

namespace tlbmc {

struct CachedAnswer {
  Json answered;     // the case, as in the result schema
  Json certificate;  // clauses of the lemmas of what is proved, by name; {} if nothing is
};

class Cache {
 public:
  // An empty folder name: remembers nothing. Throws InputError: the folder or the database cannot
  // be used.
  explicit Cache(const std::string& folder);
  ~Cache();
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // Nothing, too, if what is stored cannot be read.
  std::optional<CachedAnswer> find(const std::string& key);
  // Replaces what is there. A database that is full or locked for long: not remembered.
  void store(const std::string& key, const CachedAnswer& answer);

 private:
  struct Closer {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Closer> database_;
};

}  // namespace tlbmc
