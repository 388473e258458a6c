#include "model/points.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

#include "model/ordering.h"
#include "model/statement_tree.h"

namespace tlbmc {

namespace {

constexpr std::string_view kPassed = "point ";

// Where a statement is.
template <typename B>
struct Site {
  std::string place;
  B* body;
  std::size_t index;
};

// All statements, in an order that depends on the placement alone.
template <typename P>
auto walk(P& placement) {
  using B = std::conditional_t<std::is_const_v<P>, const Body, Body>;
  std::vector<Site<B>> sites;
  const auto add = [&](const std::string& place, B& outer) {
    for_each_body(outer, [&](B& body) {
      for (std::size_t i = 0; i < body.size(); ++i) sites.push_back({place, &body, i});
    });
  };
  for (auto& [name, operation] : placement.operations) add(name, operation.body);
  for (auto& [name, routine] : placement.routines) add(name, routine.body);
  return sites;
}

const Notify* secondary(const Statement& statement) {
  const auto* notify = std::get_if<Notify>(&statement.what);
  return notify && notify->kind == NotifyKind::secondary ? notify : nullptr;
}

// A routine that only makes the call.
bool is_wrapper(const Routine& routine) {
  return routine.body.size() == 1 && secondary(routine.body.front()) != nullptr;
}

// The range of an instruction that invalidates TLBs; nothing: it is none.
std::optional<RangeArgument> flushed_range(const Statement& statement) {
  const auto* what = std::get_if<Primitive>(&statement.what);
  if (what == nullptr) return {};
  const auto* tlbi = std::get_if<TlbiAction>(&what->action);
  const auto* ipi = std::get_if<IpiAction>(&what->action);
  if (tlbi == nullptr && (ipi == nullptr || !ipi->send)) return {};
  return what->range ? *what->range : RangeArgument{tlbi ? tlbi->range : ipi->range, {}};
}

Notify secondary_call(const Point& point) {
  Notify call;
  call.kind = NotifyKind::secondary;
  call.range = point.range;
  return call;
}

class Collector {
 public:
  explicit Collector(const Placement& placement) : placement_(placement), sites_(walk(placement)) {}

  std::vector<Point> notifies() {
    for (std::size_t number = 0; number < sites_.size(); ++number) {
      const Statement& statement = at(number);
      if (secondary(statement) && !in_wrapper(number))
        add({sites_[number].place, statement.at, "notify secondary"}, number);
      const auto* call = std::get_if<Call>(&statement.what);
      if (call && is_wrapper(placement_.routines.at(call->routine)))
        add({sites_[number].place, statement.at, "call " + call->routine}, number);
    }
    const auto there = points_;
    for (const auto& [name, routine] : placement_.routines)
      if (std::none_of(there.begin(), there.end(),
                       [&name = name](const Point& p) { return p.place == name; }))
        add_after_flush(name, routine);
    return std::move(points_);
  }

  std::vector<Point> barriers() {
    for (std::size_t number = 0; number < sites_.size(); ++number) {
      const auto* what = std::get_if<Primitive>(&at(number).what);
      const auto* barrier = what ? std::get_if<BarrierAction>(&what->action) : nullptr;
      if (barrier && effect_of(barrier->kind).any())
        add({sites_[number].place, at(number).at, describe(what->action)}, number);
    }
    return std::move(points_);
  }

 private:
  [[nodiscard]] const Statement& at(std::size_t number) const {
    return (*sites_[number].body)[sites_[number].index];
  }

  [[nodiscard]] bool in_wrapper(std::size_t number) const {
    const auto routine = placement_.routines.find(sites_[number].place);
    return routine != placement_.routines.end() && sites_[number].body == &routine->second.body &&
           is_wrapper(routine->second);
  }

  // Statements of one routine that stand for one line and say the same are one point.
  void add(Point point, std::size_t number) {
    const auto same = std::find_if(points_.begin(), points_.end(), [&](const Point& p) {
      return p.place == point.place && p.at == point.at && p.text == point.text;
    });
    if (same != points_.end()) {
      same->statements.push_back(number);
      return;
    }
    point.statements = {number};
    points_.push_back(std::move(point));
  }

  // At the routine's end, where what it invalidates itself is done.
  void add_after_flush(const std::string& name, const Routine& routine) {
    std::optional<RangeArgument> last;
    for_each_body(routine.body, [&](const Body& body) {
      for (const Statement& statement : body)
        if (auto found = flushed_range(statement)) last = std::move(found);
    });
    if (!last) return;
    for (std::size_t number = 0; number < sites_.size(); ++number)
      if (sites_[number].body == &routine.body && sites_[number].index + 1 == routine.body.size())
        points_.push_back({name, at(number).at, "notify secondary", true, *last, {number}});
  }

  const Placement& placement_;
  std::vector<Site<const Body>> sites_;
  std::vector<Point> points_;
};

}  // namespace

std::string Point::name() const {
  return fmt::format("{}: {}{}, {}", place, text, added ? " added" : "", at);
}

std::vector<Point> notify_points(const Placement& placement) {
  return Collector(placement).notifies();
}

std::vector<Point> barrier_points(const Placement& placement) {
  return Collector(placement).barriers();
}

Placement with_points(Placement placement, const std::vector<Point>& points,
                      const std::vector<bool>& chosen) {
  const auto sites = walk(placement);
  std::map<std::size_t, std::size_t> replaced, followed;  // statement -> point
  for (std::size_t i = 0; i < points.size(); ++i)
    for (const std::size_t number : points[i].statements)
      (points[i].added ? followed : replaced)[number] = i;
  const auto remark = [](std::size_t point, const std::string& at) {
    return Statement{Primitive{Remark{fmt::format("{}{}", kPassed, point)}, {}}, at, ""};
  };
  // From the last to the first, so that the places of the others stay what they are: a statement
  // comes after those that it is inside of, and after those before it in its body.
  for (std::size_t number = sites.size(); number-- > 0;) {
    Body& body = *sites[number].body;
    const std::size_t index = sites[number].index;
    if (const auto found = followed.find(number); found != followed.end()) {
      const std::string at = body[index].at;
      body.insert(body.begin() + static_cast<std::ptrdiff_t>(index) + 1,
                  chosen[found->second] ? Statement{secondary_call(points[found->second]), at, ""}
                                        : remark(found->second, at));
    }
    if (const auto found = replaced.find(number); found != replaced.end() && !chosen[found->second])
      body[index] = remark(found->second, body[index].at);
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
