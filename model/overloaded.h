// One function object out of several, for std::visit.
#pragma once

namespace tlbmc {

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace tlbmc
