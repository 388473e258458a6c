// What an operation's flushes and notifier calls reach, before a change and after it.
//
// The addresses that some flush (TLBI, IPI) of the operation covers, for some values of its
// parameters; and those that some notifier call tells a driver of. Z3 compares the two sets
// exactly, for parameters that satisfy what both sides say of them ("where"): an address that is in
// one set only, with the parameters, is the witness. A word is what it stands for: `page` the
// tracked page, `mm` all addresses, `range` any range that has the page in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/machine.h"
#include "model/placement.h"

namespace tlbmc {

struct RangeChange {
  enum class What { flush, notify };
  std::string operation;
  What what = What::flush;
  std::string before, after;  // "[page, page + 0x1000)", "nothing"
  // Values of the parameters, and `address`, which is reached after and not before, or the reverse.
  std::optional<Valuation> grown, shrunk;
  std::string reason;  // why it was not compared; empty: it was
};

// Of the operations that both have; those that do not differ are left out.
// Error: a placement cannot be expanded on the machine.
Result<std::vector<RangeChange>> range_changes(const Placement& before, const Placement& after,
                                               const Machine& machine,
                                               const std::vector<std::string>& operations);

}  // namespace tlbmc
