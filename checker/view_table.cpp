#include "checker/view_table.h"

namespace tlbmc {

ViewTable::ViewTable(const ThreadModular& closure, const std::vector<VarRef>& variables) {
  const Compact& parts = closure.parts();
  const System& system = parts.system();
  columns_[0].assign(system.shared.size(), 0);
  columns_[1].assign(system.local.size(), 0);
  const auto domain = [&](VarRef var) {
    const auto& all = var.scope == Scope::shared ? system.shared : system.local;
    return static_cast<std::size_t>(all[static_cast<std::size_t>(var.index)].domain);
  };
  for (std::size_t i = 0; i < variables.size(); ++i)
    columns_[variables[i].scope == Scope::shared ? 0 : 1]
            [static_cast<std::size_t>(variables[i].index)] = i;
  places_.resize(static_cast<std::size_t>(system.locations));
  for (const auto& view : closure.views())
    ++places_[static_cast<std::size_t>(parts.location(view.thread))].views;
  for (Place& place : places_)
    for (const VarRef var : variables)
      place.bits.emplace_back(domain(var), std::vector<Word>((place.views + 63) / 64));
  std::vector<std::size_t> filled(places_.size(), 0);
  for (const auto& view : closure.views()) {
    const auto location = static_cast<std::size_t>(parts.location(view.thread));
    const std::size_t row = filled[location]++;
    for (std::size_t i = 0; i < variables.size(); ++i) {
      const auto index = static_cast<std::size_t>(variables[i].index);
      const int value = variables[i].scope == Scope::shared ? parts.shared_value(view.shared, index)
                                                            : parts.local_value(view.thread, index);
      places_[location].bits[i][static_cast<std::size_t>(value)][row / 64] |= Word{1} << (row % 64);
    }
  }
}

bool ViewTable::matches(int location, const Cube& cube) const {
  const Place& place = at(location);
  for (std::size_t word = 0; word * 64 < place.views; ++word) {
    const std::size_t left = place.views - word * 64;
    Word found = left >= 64 ? ~Word{0} : (Word{1} << left) - 1;
    for (const Literal& literal : cube) {
      const auto& values = place.bits[column(literal.var)];
      Word any = 0;
      for (std::size_t v = 0; v < values.size(); ++v)
        if (((literal.values >> v) & 1U) != 0) any |= values[v][word];
      found &= any;
    }
    if (found != 0) return true;
  }
  return false;
}

}  // namespace tlbmc
