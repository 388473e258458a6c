// The addresses that an operation is given: their names, and what is known of them.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tools/extract/address_ranges.h"
#include "tools/extract/entries.h"
#include "tools/extract/summary.h"

namespace tlbmc::extract {

struct EntryAddresses {
  Json addresses;  // of the operation; null: its functions need none
  // The operation's name for each of the functions'. Unknown ones are merged where that leaves the
  // answer as it is (range_names.h): each further name would double the cases.
  std::map<std::string, std::string> names;
};

// For the names that the operation's functions need. What is taken for granted, and what is not
// known, is among the assumptions.
EntryAddresses addresses_of(const Entry& entry, const EntryList& list, const Meaning& meaning,
                            const std::set<std::string>& names, const AddressRanges& ranges,
                            const Summary& summary, std::set<Assumption>& assumptions);

}  // namespace tlbmc::extract
