#include "report/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "checker/certificate.h"
#include "properties/property.h"

namespace tlbmc {

namespace {

constexpr std::array<std::string_view, 3> kVerdicts{"proved", "violated", "unknown"};
constexpr std::array<std::string_view, 5> kStatuses{"finished", "timeout", "out-of-memory",
                                                    "crashed", "interrupted"};

template <std::size_t N>
std::vector<std::string> words(const std::array<std::string_view, N>& names) {
  return {names.begin(), names.end()};
}

double milliseconds(double seconds) { return std::round(seconds * 1000) / 1000; }

Json searches_json(const Decision& decision) {
  Json searches = Json::array();
  for (std::size_t i = 0; i < decision.searches.size(); ++i) {
    const BoundedResult& s = decision.searches[i];
    searches.push_back({{"threads", decision.threads[i]},
                        {"depth", s.depth},
                        {"complete", s.complete},
                        {"exhausted", s.exhausted},
                        {"unfitting", s.unfitting}});
  }
  return searches;
}

Json lemmas_json(const Decision& decision) {
  Json lemmas = Json::array();
  for (const LemmaProof& proof : decision.parametric.lemmas)
    lemmas.push_back({{"lemma", proof.lemma.name()},
                      {"proved", proof.proved},
                      {"reason", proof.reason},
                      {"views", proof.views},
                      {"clauses", proof.invariant.size()},
                      {"variables", proof.kept},
                      {"seconds", milliseconds(proof.seconds)}});
  return lemmas;
}

Json property_json(const ReportedProperty& p) {
  Json json{{"property", p.property},
            {"statement", p.statement},
            {"source", p.source},
            {"verdict", name_of(p.verdict)},
            {"depth", p.depth}};
  if (!p.reason.empty()) json["reason"] = p.reason;
  if (p.threads > 0) json["threads"] = p.threads;
  if (p.expected) {
    Json& expected = json["expected"];
    expected["verdict"] = p.expected->violated ? "violated" : "holds";
    if (p.expected->candidate) expected["candidate"] = true;
    expected["reason"] = p.expected->reason;
    if (!p.expected->source.empty()) expected["source"] = p.expected->source;
    if (!p.expected->cause.empty()) expected["cause"] = p.expected->cause;
  }
  if (p.trace) json["trace"] = to_json(*p.trace);
  return json;
}

ReportedProperty property_from_json(const JsonNode& node) {
  node.object({"property", "statement", "source", "verdict", "depth", "reason", "threads",
               "expected", "trace"});
  ReportedProperty p;
  p.property = node.at("property").string();
  p.statement = node.at("statement").string();
  p.source = node.at("source").string();
  p.verdict = static_cast<Answered>(node.at("verdict").one_of(words(kVerdicts)));
  p.depth = static_cast<int>(node.at("depth").number());
  if (const auto reason = node.get("reason")) p.reason = reason->string();
  if (const auto threads = node.get("threads")) {
    p.threads = static_cast<int>(threads->number());
    if (p.threads == 0) threads->fail("expected at least 1");
  }
  if (const auto expected = node.get("expected")) {
    expected->object({"verdict", "candidate", "reason", "source", "cause"});
    p.expected = Expected{
        expected->at("verdict").one_of({"holds", "violated"}) == 1,
        expected->has("candidate") && expected->at("candidate").boolean(),
        expected->at("reason").string(),
        expected->has("source") ? expected->at("source").string() : "",
        expected->has("cause") ? expected->at("cause").strings() : std::vector<std::string>{}};
  }
  if (const auto trace = node.get("trace")) p.trace = trace_from_json(*trace);
  return p;
}

constexpr std::array<std::string_view, 2> kAdviceRules{"no-redundant-notify", "range-change"};
constexpr std::array<std::string_view, 6> kAdviceKinds{"redundant", "needed", "unknown",
                                                       "grew",      "shrank", "differs"};

Json advice_json(const std::vector<Advice>& list) {
  Json json = Json::array();
  for (const Advice& a : list) json.push_back(to_json(a));
  return json;
}

Advice advice_from_json(const JsonNode& node) {
  node.object({"rule", "kind", "operation", "text", "at"});
  Advice a;
  a.rule = kAdviceRules.at(node.at("rule").one_of(words(kAdviceRules)));
  a.kind = kAdviceKinds.at(node.at("kind").one_of(words(kAdviceKinds)));
  a.operation = node.at("operation").string();
  a.text = node.at("text").string();
  if (const auto at = node.get("at")) a.at = at->strings();
  return a;
}

double seconds_from(const JsonNode& node) {
  if (!node.value().is_number() || node.value().get<double>() < 0)
    node.fail("expected a number of seconds");
  return node.value().get<double>();
}

void check_searches(const JsonNode& node) {
  for (const JsonNode& search : node.elements()) {
    search.object({"threads", "depth", "complete", "exhausted", "unfitting"});
    search.at("threads").number();
    search.at("depth").number();
    search.at("complete").boolean();
    search.at("exhausted").boolean();
    search.at("unfitting").strings();
  }
}

void check_lemmas(const JsonNode& node) {
  for (const JsonNode& lemma : node.elements()) {
    lemma.object({"lemma", "proved", "reason", "views", "clauses", "variables", "seconds"});
    lemma.at("lemma").string();
    lemma.at("proved").boolean();
    lemma.at("reason").string();
    lemma.at("views").number();
    lemma.at("clauses").number();
    lemma.at("variables").strings();
    seconds_from(lemma.at("seconds"));
  }
}

}  // namespace

std::string_view name_of(Answered verdict) {
  return kVerdicts.at(static_cast<std::size_t>(verdict));
}

std::string_view name_of(Status status) { return kStatuses.at(static_cast<std::size_t>(status)); }

bool ReportedProperty::wrong() const {
  return expected && verdict != Answered::unknown &&
         (verdict == Answered::violated) != expected->violated;
}

bool ReportedProperty::of_other_cause() const {
  if (!expected || !expected->violated || verdict != Answered::violated) return false;
  return std::any_of(expected->cause.begin(), expected->cause.end(), [&](const std::string& part) {
    return !trace || trace->missed.find(part) == std::string::npos;
  });
}

ReportedCase reported(const Case& question, const Decision& decision, bool details) {
  ReportedCase result;
  result.placement = question.placement.name;
  result.machine = question.machine.name;
  result.operations = question.operations();
  result.complete = decision.complete;
  if (details) {
    result.seconds = milliseconds(decision.seconds);
    result.assumptions = assumptions(question);
    result.searches = searches_json(decision);
    result.lemmas = lemmas_json(decision);
  }
  for (const Decision::Property& found : decision.properties) {
    const Property& property = catalogue().at(static_cast<std::size_t>(found.property));
    ReportedProperty p;
    p.property = property.name;
    p.statement = property.statement;
    p.source = property.source;
    p.depth = found.depth;
    p.reason = found.reason;
    if (found.kind == Decision::Kind::proved) p.verdict = Answered::proved;
    if (found.kind == Decision::Kind::violated) {
      p.verdict = Answered::violated;
      p.depth = found.found->steps;
      p.threads = found.threads;
      p.trace = make_trace(question, *found.found->counterexample, found.property);
    }
    result.properties.push_back(std::move(p));
  }
  return result;
}

void append(ReportedCase& all, ReportedCase level) {
  all.complete = all.complete && level.complete;
  if (all.seconds && level.seconds) all.seconds = *all.seconds + *level.seconds;
  for (std::string& line : level.assumptions)
    if (std::find(all.assumptions.begin(), all.assumptions.end(), line) == all.assumptions.end())
      all.assumptions.push_back(std::move(line));
  for (const auto& [to, from] :
       {std::pair{&all.searches, &level.searches}, std::pair{&all.lemmas, &level.lemmas}})
    for (const Json& element : *from) to->push_back(element);
  for (ReportedProperty& property : level.properties) all.properties.push_back(std::move(property));
}

Json to_json(const Advice& a) {
  Json json{{"rule", a.rule}, {"kind", a.kind}, {"operation", a.operation}, {"text", a.text}};
  if (!a.at.empty()) json["at"] = a.at;
  return json;
}

Json to_json(const ReportedCase& c) {
  Json json = Json::object();
  if (!c.id.empty()) json["id"] = c.id;
  json["placement"] = c.placement;
  json["machine"] = c.machine;
  json["operations"] = c.operations;
  if (c.status != Status::finished) json["status"] = name_of(c.status);
  if (!c.message.empty()) json["message"] = c.message;
  json["complete"] = c.complete;
  if (c.seconds) json["seconds"] = *c.seconds;
  if (!c.assumptions.empty()) json["assumptions"] = c.assumptions;
  if (!c.searches.is_null()) json["searches"] = c.searches;
  if (!c.lemmas.is_null()) json["lemmas"] = c.lemmas;
  json["properties"] = Json::array();
  for (const ReportedProperty& p : c.properties) json["properties"].push_back(property_json(p));
  if (!c.advice.empty()) json["advice"] = advice_json(c.advice);
  return json;
}

Json to_json(const Report& report) {
  Json json{{"tool", report.tool}};
  if (!report.suite) {
    json.update(to_json(report.cases.front()));
    return json;
  }
  json["suite"] = *report.suite;
  json["about"] = report.about;
  json["total"] = report.total;
  json["cases"] = Json::array();
  for (const ReportedCase& c : report.cases) json["cases"].push_back(to_json(c));
  return json;
}

ReportedCase case_from_json(const JsonNode& node) {
  node.object({"$schema", "tool", "id", "placement", "machine", "operations", "status", "message",
               "complete", "seconds", "assumptions", "searches", "lemmas", "properties", "advice"});
  ReportedCase c;
  if (const auto id = node.get("id")) c.id = id->string();
  c.placement = node.at("placement").string();
  c.machine = node.at("machine").string();
  c.operations = node.at("operations").strings();
  auto endings = words(kStatuses);
  endings.erase(endings.begin());
  if (const auto status = node.get("status"))
    c.status = static_cast<Status>(status->one_of(endings) + 1);
  if (const auto message = node.get("message")) c.message = message->string();
  c.complete = node.at("complete").boolean();
  if (const auto seconds = node.get("seconds")) c.seconds = seconds_from(*seconds);
  if (const auto lines = node.get("assumptions")) c.assumptions = lines->strings();
  if (const auto searches = node.get("searches")) {
    check_searches(*searches);
    c.searches = searches->value();
  }
  if (const auto lemmas = node.get("lemmas")) {
    check_lemmas(*lemmas);
    c.lemmas = lemmas->value();
  }
  for (const JsonNode& p : node.at("properties").elements())
    c.properties.push_back(property_from_json(p));
  if (const auto advice = node.get("advice"))
    for (const JsonNode& a : advice->elements()) c.advice.push_back(advice_from_json(a));
  return c;
}

Report report_from_json(const JsonNode& root) {
  Report report;
  if (!root.has("suite") && !root.has("cases")) {
    report.cases.push_back(case_from_json(root));
    report.tool = root.has("tool") ? root.at("tool").string() : "";
    return report;
  }
  root.object({"$schema", "tool", "suite", "about", "total", "cases"});
  report.tool = root.at("tool").string();
  report.suite = root.at("suite").string();
  report.about = root.at("about").string();
  report.total = root.at("total").number();
  for (const JsonNode& c : root.at("cases").elements()) report.cases.push_back(case_from_json(c));
  return report;
}

Result<Report> load_report(const std::string& file) {
  return capture(file, [&] {
    const Json json = read_json(file);
    return report_from_json(JsonNode(json, ""));
  });
}

std::string operations_text(const ReportedCase& c, const std::string& separator) {
  constexpr std::size_t kFew = 4;
  return c.operations.size() > kFew ? fmt::format("{} operations together", c.operations.size())
                                    : fmt::format("{}", fmt::join(c.operations, separator));
}

std::string title(const ReportedCase& c) {
  return fmt::format("{} on {}, {}", c.placement, c.machine,
                     c.operations.size() == 1
                         ? c.operations[0]
                         : fmt::format("{} operations together", c.operations.size()));
}

}  // namespace tlbmc
