// A set of small numbers as a row of bits that grows when needed.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tlbmc {

class Bits {
 public:
  using Word = std::uint64_t;
  static constexpr std::size_t kWordBits = 64;

  Bits() = default;
  // {0, ..., count - 1}
  static Bits first(std::size_t count) {
    Bits bits;
    bits.words_.assign((count + kWordBits - 1) / kWordBits, ~Word{0});
    if (count % kWordBits != 0) bits.words_.back() = (Word{1} << (count % kWordBits)) - 1;
    return bits;
  }

  [[nodiscard]] bool test(std::size_t i) const {
    return i / kWordBits < words_.size() && ((words_[i / kWordBits] >> (i % kWordBits)) & 1U) != 0;
  }
  // False if it was there already.
  bool set(std::size_t i) {
    if (i / kWordBits >= words_.size()) words_.resize(i / kWordBits + 1, 0);
    Word& word = words_[i / kWordBits];
    const Word bit = Word{1} << (i % kWordBits);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }
  void reset(std::size_t i) {
    if (i / kWordBits < words_.size()) words_[i / kWordBits] &= ~(Word{1} << (i % kWordBits));
  }
  [[nodiscard]] bool empty() const {
    return std::all_of(words_.begin(), words_.end(), [](Word word) { return word == 0; });
  }
  [[nodiscard]] std::size_t count() const {
    std::size_t total = 0;
    for (const Word word : words_) total += static_cast<std::size_t>(std::popcount(word));
    return total;
  }
  [[nodiscard]] bool intersects(const Bits& other) const {
    const auto n = std::min(words_.size(), other.words_.size());
    for (std::size_t i = 0; i < n; ++i)
      if ((words_[i] & other.words_[i]) != 0) return true;
    return false;
  }
  Bits& operator|=(const Bits& other) {
    if (other.words_.size() > words_.size()) words_.resize(other.words_.size(), 0);
    for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  Bits& operator&=(const Bits& other) {
    words_.resize(std::min(words_.size(), other.words_.size()));
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  // Without the members of the other.
  Bits& operator-=(const Bits& other) {
    const auto n = std::min(words_.size(), other.words_.size());
    for (std::size_t i = 0; i < n; ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  friend Bits operator&(const Bits& a, const Bits& b) {
    const Bits& small = a.words_.size() < b.words_.size() ? a : b;
    Bits result = small;
    return result &= &small == &a ? b : a;
  }
  friend Bits operator-(Bits a, const Bits& b) { return a -= b; }
  friend bool operator==(const Bits&, const Bits&) = default;

  // In ascending order.
  template <typename F>
  void for_each(F visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (Word word = words_[i]; word != 0; word &= word - 1)
        visit(i * kWordBits + static_cast<std::size_t>(std::countr_zero(word)));
  }

 private:
  std::vector<Word> words_;
};

}  // namespace tlbmc
