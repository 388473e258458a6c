#include "report/space_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/source_line.h"

namespace tlbmc {

namespace {

constexpr int kLaneWidth = 104, kRow = 44, kTop = 56, kMargin = 40;

class Diagram {
 public:
  Diagram(const Trace& trace, std::string id)
      : trace_(trace), id_(std::move(id)), lanes_(lanes_of(trace)), tlbs_(tlbs_of(trace)) {
    if (has("SMMU TLB") || has("ATC")) lanes_.emplace_back("device");
    if (std::find(lanes_.begin(), lanes_.end(), misuser()) == lanes_.end())
      lanes_.push_back(misuser());
    for (std::size_t i = 0; i < trace.lines.size(); ++i)
      if (!trace.lines[i].quiet) row_of_[i] = static_cast<int>(row_of_.size());
  }

  std::string svg() {
    const int width = kMargin + kLaneWidth * static_cast<int>(lanes_.size()) + 40;
    const int height = y(rows()) + (trace_.missed.empty() ? 20 : 70);
    std::string text = fmt::format(
        "<svg class=\"trace\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"group\" "
        "aria-label=\"Space-time diagram of {2} steps; time goes down\">\n"
        "<defs><pattern id=\"{3}-hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><rect class=\"hatch-ground\" width=\"6\" height=\"6\"/>"
        "<rect class=\"hatch-line\" width=\"3\" height=\"6\"/></pattern>"
        "<marker id=\"{3}-arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
        "markerHeight=\"7\" orient=\"auto-start-reverse\"><path class=\"arrowhead\" d=\"M0 0L8 "
        "4L0 8z\"/></marker></defs>\n",
        width, height, rows(), id_);
    text += lanes() + lives();
    for (const auto& [index, row] : row_of_) text += step(index, row);
    text += misuse_row() + loop(width);
    return text + "</svg>\n";
  }

 private:
  [[nodiscard]] bool has(const std::string& tlb) const {
    return std::find(tlbs_.begin(), tlbs_.end(), tlb) != tlbs_.end();
  }
  [[nodiscard]] int rows() const { return static_cast<int>(row_of_.size()); }
  [[nodiscard]] static int y(int row) { return kTop + 30 + row * kRow; }
  [[nodiscard]] int x(const std::string& lane) const {
    const auto found = std::find(lanes_.begin(), lanes_.end(), lane) - lanes_.begin();
    return kMargin + kLaneWidth / 2 + kLaneWidth * static_cast<int>(found);
  }
  // Of the step, or of the next one that is shown.
  [[nodiscard]] int row_at(std::size_t index) const {
    const auto found = row_of_.lower_bound(index);
    return found == row_of_.end() ? rows() : found->second;
  }

  // Which TLB holds the entry in the end: the last in the chain to the device goes first.
  [[nodiscard]] std::string holder() const {
    const auto& last = trace_.lines.empty() ? trace_.initial : trace_.lines.back().cells;
    std::string found;
    for (std::size_t i = 0; i < trace_.columns.size(); ++i)
      if (has(trace_.columns[i]) && last[i] != "-") found = trace_.columns[i];
    return found;
  }
  [[nodiscard]] std::string misuser() const {
    const std::string tlb = holder();
    return tlb.empty() || tlb == "CPU TLB" ? "CPU" : "device";
  }

  [[nodiscard]] std::string lanes() const {
    std::string text;
    for (const std::string& lane : lanes_)
      text += fmt::format(
          "<g class=\"lane\" data-lane=\"{0}\"><text x=\"{1}\" y=\"28\">{0}</text>"
          "<line x1=\"{1}\" y1=\"{2}\" x2=\"{1}\" y2=\"{3}\"/></g>\n",
          html_escaped(lane), x(lane), kTop - 16, y(rows()));
    return text;
  }

  [[nodiscard]] const std::string& cell(std::size_t index, const std::string& column) const {
    const auto found = std::find(trace_.columns.begin(), trace_.columns.end(), column);
    return trace_.lines[index].cells.at(static_cast<std::size_t>(found - trace_.columns.begin()));
  }

  // Bars from the step that fills to the one after which it is gone; the part where the page table
  // does not have what the TLB has is stale.
  [[nodiscard]] std::string lives() const {
    std::string text;
    for (const std::string& tlb : tlbs_) {
      std::size_t i = 0;
      while (i < trace_.lines.size()) {
        if (cell(i, tlb) == "-") {
          ++i;
          continue;
        }
        const bool stale = cell(i, "PTE") != cell(i, tlb);
        std::size_t end = i;
        while (end < trace_.lines.size() && cell(end, tlb) != "-" &&
               (cell(end, "PTE") != cell(end, tlb)) == stale)
          ++end;
        text += life(tlb, cell(i, tlb), stale, y(row_at(i)), y(row_at(end)));
        i = end;
      }
    }
    return text;
  }

  [[nodiscard]] std::string life(const std::string& tlb, const std::string& entry, bool stale,
                                 int from, int to) const {
    if (to <= from) return "";
    return fmt::format(
        "<g class=\"life{0}\" data-tlb=\"{1}\"><rect x=\"{2}\" y=\"{3}\" width=\"20\" "
        "height=\"{4}\" rx=\"3\"{5}/><text x=\"{6}\" y=\"{7}\">{8}{9}</text><title>{1} holds {8}"
        "{10}</title></g>\n",
        stale ? " stale" : "", tlb, x(tlb) - 10, from, to - from,
        stale ? fmt::format(" fill=\"url(#{}-hatch)\"", id_) : "", x(tlb) + 14, from + 26, entry,
        stale ? " stale" : "", stale ? ", and the page table says otherwise" : "");
  }

  [[nodiscard]] std::string step(std::size_t index, int row) const {
    const TraceLine& line = trace_.lines[index];
    const std::string lane = lane_of(line), source = source_lane(line);
    const int at = y(row);
    std::string arrow;
    if (lane != source)
      arrow = fmt::format(
          "<line class=\"arrow\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" marker-end=\"url(#{}-arrow"
          ")\"/>",
          x(source), at, x(lane) + (x(lane) > x(source) ? -8 : 8), at, id_);
    const bool shown = static_cast<int>(index) == duty_step(trace_) && !trace_.missed.empty();
    const std::string where = line.chain.empty() ? "" : line.chain.back();
    std::string label = line.action;
    if (label.size() > 26) label = label.substr(0, 24) + "\xE2\x80\xA6";
    return fmt::format(
        "<g class=\"step{0}\" data-step=\"{1}\" tabindex=\"0\" role=\"button\" "
        "aria-label=\"Step {1}: {2}: {3}{4}\"><rect class=\"row\" x=\"4\" y=\"{5}\" width=\"{6}\" "
        "height=\"{7}\"/><text class=\"number\" x=\"16\" y=\"{8}\">{1}</text>{9}"
        "<circle cx=\"{10}\" cy=\"{11}\" r=\"6\"/>{12}<text class=\"action\" x=\"{10}\" "
        "y=\"{13}\">{14}</text><title>{2}: {3}{4}</title></g>\n",
        shown ? " duty" : "", row + 1, html_escaped(line.actor), html_escaped(line.action),
        where.empty() ? "" : html_escaped(", " + where), at - kRow / 2 + 2,
        kMargin + kLaneWidth * static_cast<int>(lanes_.size()), kRow - 4, at + 4, arrow, x(lane),
        at,
        shown ? fmt::format("<text class=\"mark\" x=\"{}\" y=\"{}\">!</text>", x(lane) - 22, at + 5)
              : "",
        at - 11, html_escaped(label));
  }

  // What the stale entry is used for, or would be.
  [[nodiscard]] std::string misuse_row() const {
    if (trace_.missed.empty() || trace_.property.empty()) return "";
    const std::string tlb = holder();
    const int at = y(rows());
    std::string text = "<g class=\"misuse\">";
    if (!tlb.empty())
      text += fmt::format(
          "<line class=\"arrow\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" "
          "marker-end=\"url(#{}-arrow)\"/>",
          x(tlb), at, x(misuser()) + (x(misuser()) > x(tlb) ? -10 : 10), at, id_);
    return text +
           fmt::format(
               "<path class=\"cross\" d=\"M{0} {1}l14 14m0 -14l-14 14\"/><text class=\"missed\" "
               "x=\"{2}\" y=\"{3}\">\xE2\x9C\x97 {4}</text><text class=\"missed\" x=\"{2}\" "
               "y=\"{6}\">{7}</text>"
               "<title>{5}</title></g>\n",
               x(misuser()) - 7, at - 7, 12, at + 34, trace_.property,
               html_escaped("missed: " + trace_.missed), at + 52, html_escaped(misuse(trace_)));
  }

  [[nodiscard]] std::string loop(int width) const {
    if (!trace_.loop) return "";
    const int right = width - 30, from = y(row_at(*trace_.loop)) - 12, to = y(rows() - 1) + 12;
    return fmt::format(
        "<g class=\"loop\" data-from=\"{0}\"><path d=\"M{1} {2}C{3} {2} {3} {4} {1} {4}\" "
        "marker-end=\"url(#{5}-arrow)\"/><text x=\"{6}\" y=\"{7}\" transform=\"rotate(90 {6} "
        "{7})\">"
        "for ever</text><title>steps {0} to {8} repeat for ever</title></g>\n",
        row_at(*trace_.loop) + 1, right - 10, to, right + 26, from, id_, right + 16,
        (from + to) / 2 - 20, rows());
  }

  const Trace& trace_;
  std::string id_;
  std::vector<std::string> lanes_, tlbs_;
  std::map<std::size_t, int> row_of_;  // by index in the trace's lines, of those shown
};

}  // namespace

std::string html_escaped(const std::string& text) {
  std::string result;
  for (const char c : text) switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result.push_back(c);
    }
  return result;
}

std::string misuse(const Trace& trace) {
  static const std::map<std::string, std::string> words{
      {"no-stale-readonly", "an access that the page table allows faults, again and again"},
      {"no-stale-writable", "an access that the page table forbids is let through"},
      {"no-mixed-mapping", "two users of one address see two pages"},
      {"no-use-after-free", "page A is used after it was freed"}};
  const auto found = words.find(trace.property);
  return found == words.end() ? "violated here" : found->second;
}

std::string space_time_svg(const Trace& trace, const std::string& id) {
  return Diagram(trace, id).svg();
}

}  // namespace tlbmc
