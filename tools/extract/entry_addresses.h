// The addresses that an operation is given: their names, and what is known of them.
#pragma once

#include <set>
#include <string>

#include "tools/extract/address_ranges.h"
#include "tools/extract/entries.h"
#include "tools/extract/summary.h"

namespace tlbmc::extract {

// The "addresses" of the operation, for the names that its functions need; null without names.
// What is taken for granted, and what is not known, is among the assumptions.
Json addresses_of(const Entry& entry, const EntryList& list, const Meaning& meaning,
                  const std::set<std::string>& names, const AddressRanges& ranges,
                  const Function& function, std::set<Assumption>& assumptions);

}  // namespace tlbmc::extract
