// What a run of a suite has finished so far, a line of JSON each, so that a run that was killed can
// be taken up again.
#pragma once

#include <map>
#include <string>

#include "model/diagnostic.h"
#include "model/json_reader.h"

namespace tlbmc {

class Journal {
 public:
  // Reads what is there; a last line that was not written to its end is dropped. An empty name: no
  // journal. Throws InputError: cannot be written, or is not a journal.
  explicit Journal(const std::string& file);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // The case that was finished under this key, or nullptr.
  [[nodiscard]] const Json* find(const std::string& key) const;
  // Is on the disk when this returns. Throws InputError: cannot be written.
  void add(const std::string& key, const Json& finished);

 private:
  std::string file_;
  int fd_ = -1;
  std::map<std::string, Json> finished_;
};

}  // namespace tlbmc
