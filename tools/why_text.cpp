#include <fmt/format.h>

#include "properties/property.h"
#include "report/trace_text.h"
#include "tools/review_text.h"

namespace tlbmc {

namespace {

std::string name_of(int property) {
  return catalogue().at(static_cast<std::size_t>(property)).name;
}

std::string used_text(const Why& why) {
  std::string text = fmt::format(
      "the proof uses these {} of the {} notifier calls, flushes and barriers that the operation "
      "comes to:\n",
      why.used.size(), why.used.size() + why.not_used.size());
  for (const UsedPoint& used : why.used)
    text += fmt::format(
        "  {}, {}\n    {}\n", used.point.text, used.point.at,
        used.without ? fmt::format("{}: {}", loss_text(*used.without), used.without->trace.missed)
                     : fmt::format("without it: not decided ({})", used.reason));
  if (violated_by_calls(catalogue().at(static_cast<std::size_t>(why.property))))
    text += "none of these can go by itself; that several could together is not ruled out\n";
  if (!why.not_used.empty()) text += "not used by it:\n";
  for (const Point& point : why.not_used) text += fmt::format("  {}, {}\n", point.text, point.at);
  return text;
}

std::string addition_text(const Point& point) {
  if (point.at.empty()) return fmt::format("add \"{}\" at the end of {}", point.text, point.place);
  return fmt::format("add \"{}\" {} {} in {}", point.text, point.before ? "before" : "after",
                     point.at, point.place);
}

std::string repairs_text(const Why& why) {
  std::string text;
  for (std::size_t i = 0; i < why.repairs.size(); ++i) {
    text += fmt::format("repair {}, PROVED with it:\n", i + 1);
    for (const Point& point : why.repairs[i].added)
      text += fmt::format("  {}\n", addition_text(point));
    for (const NotifyCall& call : why.repairs[i].moved)
      text +=
          fmt::format("  instead of the {} at {}, which is needed no more\n", call.text, call.at);
  }
  if (why.impossible)
    text +=
        fmt::format("no set of the {} calls, flushes and barriers that could be added is enough\n",
                    why.candidates);
  if (why.open > 0)
    text += fmt::format(
        "{} sets of things to add were neither proved nor refuted: there may be other repairs, and "
        "smaller ones\n",
        why.open);
  return text;
}

Json to_json(const Point& point) {
  return {{"text", point.text}, {"place", point.place}, {"at", point.at}};
}

}  // namespace

std::string why_text(const Why& why) {
  std::string text = fmt::format("{} on {}, {}\n", why.placement, why.machine, why.operation);
  switch (why.kind) {
    case Decision::Kind::proved:
      text += fmt::format("{}: PROVED\n{}", name_of(why.property), used_text(why));
      break;
    case Decision::Kind::violated:
      text += fmt::format("{}: VIOLATED\n{}{}", name_of(why.property), trace_text(*why.trace),
                          repairs_text(why));
      break;
    case Decision::Kind::open:
      text += fmt::format("{}: UNKNOWN{}\n", name_of(why.property),
                          why.reason.empty() ? "" : " (" + why.reason + ")");
      break;
  }
  if (!why.complete) text += "stopped early: what is said above stands\n";
  return text;
}

Json why_json(const Why& why) {
  constexpr std::array<std::string_view, 3> verdicts{"proved", "violated", "unknown"};
  Json json{{"placement", why.placement},
            {"machine", why.machine},
            {"operation", why.operation},
            {"property", name_of(why.property)},
            {"verdict", verdicts.at(static_cast<std::size_t>(why.kind))},
            {"complete", why.complete}};
  if (!why.reason.empty()) json["reason"] = why.reason;
  if (why.trace) json["trace"] = to_json(*why.trace);
  if (why.kind == Decision::Kind::proved) {
    json["used"] = json["not_used"] = Json::array();
    for (const UsedPoint& used : why.used) {
      Json entry = to_json(used.point);
      if (used.without) {
        entry["violated"] = name_of(used.without->property);
        entry["trace"] = to_json(used.without->trace);
      } else {
        entry["reason"] = used.reason;
      }
      json["used"].push_back(std::move(entry));
    }
    for (const Point& point : why.not_used) json["not_used"].push_back(to_json(point));
  }
  if (why.kind == Decision::Kind::violated) {
    json["repairs"] = Json::array();
    json["candidates"] = why.candidates;
    json["impossible"] = why.impossible;
    json["open"] = why.open;
    for (const Repair& repair : why.repairs) {
      Json added = Json::array(), instead = Json::array();
      for (const Point& point : repair.added) {
        added.push_back(to_json(point));
        added.back()["before"] = point.before;
      }
      for (const NotifyCall& call : repair.moved)
        instead.push_back({{"text", call.text}, {"at", call.at}});
      json["repairs"].push_back({{"added", added}, {"instead_of", instead}});
    }
  }
  return json;
}

}  // namespace tlbmc
