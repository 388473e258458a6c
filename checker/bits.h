// A set of small numbers, as bits, that grows on demand.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tlbmc {

class Bits {
 public:
  using Word = std::uint64_t;

  [[nodiscard]] bool contains(std::size_t i) const {
    return i / kBits < words_.size() && ((words_[i / kBits] >> (i % kBits)) & 1U) != 0;
  }
  // False if it was there already.
  bool insert(std::size_t i) {
    if (i / kBits >= words_.size()) words_.resize(i / kBits + 1);
    Word& word = words_[i / kBits];
    const Word bit = Word{1} << (i % kBits);
    if ((word & bit) != 0) return false;
    word |= bit;
    return true;
  }
  [[nodiscard]] std::size_t words() const { return words_.size(); }
  // Words beyond the last one are 0.
  [[nodiscard]] Word word(std::size_t i) const { return i < words_.size() ? words_[i] : 0; }

  template <typename F>
  static void for_each(Word word, std::size_t index, F visit) {
    for (; word != 0; word &= word - 1)
      visit(index * kBits + static_cast<std::size_t>(std::countr_zero(word)));
  }

 private:
  static constexpr std::size_t kBits = 64;
  std::vector<Word> words_;
};

}  // namespace tlbmc
