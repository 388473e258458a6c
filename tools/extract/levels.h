// Which events and values are of the tracked entry, by the level that they name.
#pragma once

#include <string>

#include "model/action.h"

namespace tlbmc::extract {

// `level`: "pte", "pmd", ...; `huge`: what is called a PTE there is a huge entry.
inline bool is_of_entry(EntryLevel entry, const std::string& level, bool huge) {
  if (huge && level == "pte") return entry == EntryLevel::pmd || entry == EntryLevel::pud;
  switch (entry) {
    case EntryLevel::pte:
    case EntryLevel::contiguous: return level == "pte" || level == "cont";
    case EntryLevel::pmd: return level == "pmd";
    case EntryLevel::pud: return level == "pud";
  }
  return false;
}

// The level of the entry that points to the table that the tracked entry is in.
inline bool is_of_table(EntryLevel entry, const std::string& level) {
  switch (entry) {
    case EntryLevel::pte:
    case EntryLevel::contiguous: return level == "pmd";
    case EntryLevel::pmd: return level == "pud";
    case EntryLevel::pud: return level == "p4d" || level == "pgd";
  }
  return false;
}

}  // namespace tlbmc::extract
