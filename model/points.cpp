#include "model/points.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "model/ordering.h"
#include "model/point_list.h"
#include "model/statement_tree.h"

namespace tlbmc {

namespace {

constexpr std::string_view kPassed = "point ";

using Wanted = std::function<bool(const Statement&)>;

const Notify* secondary(const Statement& statement) {
  const auto* notify = std::get_if<Notify>(&statement.what);
  return notify && notify->kind == NotifyKind::secondary ? notify : nullptr;
}

// A routine that only makes the call.
bool is_wrapper(const Routine& routine) {
  return routine.body.size() == 1 && secondary(routine.body.front()) != nullptr;
}

bool is_barrier(const Statement& statement) {
  const auto* what = std::get_if<Primitive>(&statement.what);
  const auto* barrier = what ? std::get_if<BarrierAction>(&what->action) : nullptr;
  return barrier && effect_of(barrier->kind).any();
}

bool is_invalidation(const Statement& statement) {
  const auto* what = std::get_if<Primitive>(&statement.what);
  return what && (std::holds_alternative<TlbiAction>(what->action) ||
                  std::holds_alternative<IpiAction>(what->action));
}

std::string text_of(const Statement& statement) {
  if (const auto* notify = std::get_if<Notify>(&statement.what))
    return fmt::format("notify {}", kNotifyNames.at(static_cast<std::size_t>(notify->kind)));
  const auto* what = std::get_if<Primitive>(&statement.what);
  return what ? describe(what->action) : "";
}

// Its place in the file where it stands for no line.
std::string line_of(const Statement& statement) {
  return statement.at.empty() ? statement.path : statement.at;
}

// The notifier call that would go with what the body invalidates last; nothing: it does not.
std::optional<Statement> notify_after_flush(const Body& body) {
  std::optional<Statement> call;
  for_each_body(body, [&](const Body& inner) {
    for (const Statement& statement : inner) {
      if (!is_invalidation(statement)) continue;
      const auto& what = std::get<Primitive>(statement.what);
      const auto* tlbi = std::get_if<TlbiAction>(&what.action);
      const auto* ipi = std::get_if<IpiAction>(&what.action);
      if (ipi != nullptr && !ipi->send) continue;
      Notify notify{NotifyKind::secondary, {}};
      if (what.range)
        notify.range = *what.range;
      else
        notify.range.word = tlbi ? tlbi->range : ipi->range;
      call = Statement{std::move(notify), "", ""};
    }
  });
  return call;
}

class Collector {
 public:
  explicit Collector(const Placement& placement)
      : placement_(placement), sites_(all_sites(placement)) {}

  std::vector<Point> notifies() {
    for (std::size_t number = 0; number < sites_.size(); ++number) {
      const Statement& statement = sites_[number].statement();
      if (secondary(statement) && !in_wrapper(number)) add(number, text_of(statement));
      const auto* call = std::get_if<Call>(&statement.what);
      if (call && is_wrapper(placement_.routines.at(call->routine)))
        add(number, "call " + call->routine);
    }
    const auto there = points_.all();
    for (std::size_t number = 0; number < sites_.size(); ++number)
      if (auto point = call_after_flush(placement_, sites_[number], number))
        if (std::none_of(there.begin(), there.end(),
                         [&](const Point& p) { return p.place == point->place; }))
          points_.add(std::move(*point));
    return points_.all();
  }

  std::vector<Point> barriers() {
    for (std::size_t number = 0; number < sites_.size(); ++number)
      if (is_barrier(sites_[number].statement())) add(number, text_of(sites_[number].statement()));
    return points_.all();
  }

  std::vector<Point> calls(const Unshared& copied, const Wanted& wanted) {
    for (std::size_t number = 0; number < sites_.size(); ++number) {
      const auto& [place, body, index] = sites_[number];
      const Statement& statement = sites_[number].statement();
      if (!wanted(statement)) continue;
      const auto copy = copied.copies.find(place);
      if (copy == copied.copies.end() && placement_.routines.contains(place)) continue;  // unused
      std::vector<std::string> chain;
      if (copy != copied.copies.end()) chain = copy->second.chain;
      chain.push_back(line_of(statement));
      add(number, text_of(statement), copy == copied.copies.end() ? place : copy->second.operation,
          chain_text(chain));
    }
    return points_.all();
  }

 private:
  [[nodiscard]] bool in_wrapper(std::size_t number) const {
    const auto routine = placement_.routines.find(sites_[number].place);
    return routine != placement_.routines.end() && sites_[number].body == &routine->second.body &&
           is_wrapper(routine->second);
  }

  void add(std::size_t number, const std::string& text) {
    add(number, text, sites_[number].place, line_of(sites_[number].statement()));
  }
  void add(std::size_t number, const std::string& text, const std::string& place,
           const std::string& at) {
    Point point{place, at, text};
    if (const auto* notify = std::get_if<Notify>(&sites_[number].statement().what))
      point.range = notify->range;
    point.statements = {number};
    points_.add(std::move(point));
  }

  const Placement& placement_;
  std::vector<Site<const Body>> sites_;
  PointList points_;
};

}  // namespace

void PointList::add(Point point) {
  const auto same = std::find_if(points_.begin(), points_.end(), [&](const Point& p) {
    return p.place == point.place && p.at == point.at && p.text == point.text &&
           p.before == point.before;
  });
  if (same == points_.end())
    points_.push_back(std::move(point));
  else
    same->statements.insert(same->statements.end(), point.statements.begin(),
                            point.statements.end());
}

std::optional<Point> call_after_flush(const Placement& placement, const Site<const Body>& site,
                                      std::size_t number) {
  const auto routine = placement.routines.find(site.place);
  if (routine == placement.routines.end()) return {};
  const Body& body = routine->second.body;
  if (site.body != &body || site.index + 1 != body.size()) return {};
  const auto call = notify_after_flush(body);
  if (!call) return {};
  Point point{site.place, site.statement().at, text_of(*call)};
  point.range = std::get<Notify>(call->what).range;
  point.inserted = {*call};
  point.inserted.front().at = point.at;
  point.statements = {number};
  return point;
}

std::string Point::name() const {
  return fmt::format("{}: {}{}, {}{}", place, text, added() ? " added" : "",
                     before ? "before " : "", at);
}

std::vector<Point> notify_points(const Placement& placement) {
  return Collector(placement).notifies();
}

std::vector<Point> barrier_points(const Placement& placement) {
  return Collector(placement).barriers();
}

Wanted notifies(std::vector<NotifyKind> kinds) {
  return [kinds = std::move(kinds)](const Statement& statement) {
    const auto* notify = std::get_if<Notify>(&statement.what);
    return notify && std::find(kinds.begin(), kinds.end(), notify->kind) != kinds.end();
  };
}

Wanted invalidates_or_orders(std::vector<NotifyKind> kinds) {
  return [call = notifies(std::move(kinds))](const Statement& statement) {
    return call(statement) || is_invalidation(statement) || is_barrier(statement);
  };
}

std::vector<Point> call_points(const Unshared& placement, const Wanted& wanted) {
  return Collector(placement.placement).calls(placement, wanted);
}

Placement with_points(Placement placement, const std::vector<Point>& points,
                      const std::vector<bool>& chosen) {
  const auto sites = all_sites(placement);
  std::map<std::size_t, std::vector<std::size_t>> of;  // statement -> points
  for (std::size_t i = 0; i < points.size(); ++i)
    for (const std::size_t number : points[i].statements) of[number].push_back(i);
  const auto remark = [](std::size_t point, const std::string& at) {
    return Statement{Primitive{Remark{fmt::format("{}{}", kPassed, point)}, {}}, at, ""};
  };
  // From the last to the first, so that the places of the others stay what they are.
  for (std::size_t number = sites.size(); number-- > 0;) {
    const auto found = of.find(number);
    if (found == of.end()) continue;
    Body& body = *sites[number].body;
    const std::string at = sites[number].statement().at;
    Body before, after;
    for (const std::size_t point : found->second) {
      const Body& inserted = points[point].inserted;
      Body& side = points[point].before ? before : after;
      if (inserted.empty()) {
        if (!chosen[point]) sites[number].statement() = remark(point, at);
      } else if (chosen[point]) {
        side.insert(side.end(), inserted.begin(), inserted.end());
      } else {
        side.push_back(remark(point, at));
      }
    }
    const auto place = body.begin() + static_cast<std::ptrdiff_t>(sites[number].index);
    body.insert(place + 1, after.begin(), after.end());
    body.insert(body.begin() + static_cast<std::ptrdiff_t>(sites[number].index), before.begin(),
                before.end());
  }
  return placement;
}

std::optional<std::size_t> passed_point(const Edge& edge) {
  const auto* remark = std::get_if<Remark>(&edge.action);
  if (remark == nullptr || !remark->text.starts_with(kPassed)) return {};
  std::size_t number = 0;
  const char* first = remark->text.data() + kPassed.size();
  const char* last = remark->text.data() + remark->text.size();
  const auto [end, error] = std::from_chars(first, last, number);
  if (error != std::errc{} || end != last) return {};
  return number;
}

}  // namespace tlbmc
