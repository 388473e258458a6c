// Recomputes, on the way of a run, what was decided about addresses before the search: with the
// witness's numbers and plain arithmetic, without Z3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/program.h"

namespace tlbmc {

class AddressReplay {
 public:
  AddressReplay(const Program& program, int page_class)
      : program_(program), page_class_(static_cast<std::size_t>(page_class)) {}

  // A thread takes this edge. Throws std::logic_error, an internal error, if the page class does
  // not have its case; if the witness does not satisfy `where` or is in none of its case's
  // combinations; if two operations of the run speak of different pages; if the edge's range
  // covers, or does not cover, other than was decided.
  void take(int edge);

 private:
  void begin(const RangeCase& range_case);

  const Program& program_;
  std::size_t page_class_;
  std::optional<std::uint64_t> page_;
};

// The values of the parameters that matter in the edge's case, in the order of the placement;
// `page` comes last. Precondition: the edge is of a range case.
std::vector<std::pair<std::string, std::uint64_t>> witness_of(const Program& program,
                                                              const Edge& edge, int page_class);
// What the edge was given. Precondition: it was given a range.
const RangeUse& range_of(const Edge& edge, int page_class);
// Does it end where it starts? Precondition: as of range_of().
bool is_empty_range(const Program& program, const Edge& edge, int page_class);
// "[0x1000, 0x3000)": the edge's range in numbers. Precondition: it has one.
std::string range_text(const Program& program, const Edge& edge, int page_class);

}  // namespace tlbmc
