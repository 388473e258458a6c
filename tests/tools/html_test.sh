#!/usr/bin/env bash
# The HTML reports in headless Chromium: lanes, steps, the loop, stepping by keys, and no request but
# for the file itself. With SCREENSHOTS=DIR in the environment: pictures, light, dark, 400 px, print.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v chromium > /dev/null || skip "chromium is not installed (apt-get install chromium)"
# The sandbox does not work for root, nor in most containers.
browser=(chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars
  --no-first-run --disable-component-update --user-data-dir="$scratch/profile"
  --host-resolver-rules="MAP * ~NOTFOUND") # the browser's own requests stay here, too

# in_browser PAGE CHECKS: appends a script to the page, which has to set document.title to "good". What
# was asked for goes to the net log.
in_browser() {
  local page=$1 checks=$2
  cat "$page" - > "$scratch/checked.html" << HTML
<script>
try {
  const check = (truth, what) => { if (!truth) throw new Error(what); };
  const all = (selector) => [...document.querySelectorAll(selector)];
  const key = (name) => document.querySelector("section.trace-section .scroll")
    .dispatchEvent(new KeyboardEvent("keydown", {key: name, bubbles: true, cancelable: true}));
  const now = () => Number(document.querySelector("tr.now").dataset.step);
  const panel = () => document.querySelector(".panel").textContent;
  $checks
  document.title = "good";
} catch (error) { document.title = "bad: " + error.message; }
</script>
HTML
  "${browser[@]}" --log-net-log="$scratch/net.json" --dump-dom "file://$scratch/checked.html" \
    > "$scratch/dom.html" 2> "$scratch/browser.log" || fail "chromium: $(cat "$scratch/browser.log")"
  grep -q '<title>good</title>' "$scratch/dom.html" ||
    fail "$page: $(grep -o '<title>[^<]*' "$scratch/dom.html")"
}

# What the page asked for, beside files; the browser's own requests are not a file's.
requests() { grep '"network_isolation_key":"file://' "$scratch/net.json" | grep -Eo '"url":"[a-z]+s?:[^"]*"' |
  grep -v '"url":"file:' || true; }

# page PAGE CHECKS: the same, and no request may leave the page, even if it were allowed to.
page() {
  sed '/Content-Security-Policy/d' "$1" > "$scratch/open.html"
  in_browser "$scratch/open.html" "$2"
  [[ -z $(requests) ]] || fail "$1: requests left the file: $(requests)"
}

# That a request would be seen.
echo '<!DOCTYPE html><title>x</title><img alt="" src="http://example.invalid/x.png">' > "$scratch/asks.html"
in_browser "$scratch/asks.html" ''
[[ $(requests) == *example.invalid* ]] || fail "a request was not seen"

bug=(verify "$cases/questions/stale-readonly.json")
"$tlbmc" "${bug[@]}" --format html -o "$scratch/bug.html" || [[ $? == 10 ]]
page "$scratch/bug.html" '
  check(all("g.lane").map((g) => g.dataset.lane).join() === "T1,page table,CPU TLB,SMMU TLB,device", "lanes");
  check(all("g.step").length === 9 && all("tr[data-step]").length === 10, "steps");
  check(all("g.life").length === 2 && all("g.life.stale").length === 1, "the entry and its stale part");
  check(all("g.duty").length === 1 && all("g.misuse").length === 1, "the duty and the misuse");
  check(all("g.loop").length === 0, "no loop");
  check(now() === 0, "begins before the first step");
  key("ArrowDown"); check(now() === 1 && panel().includes("SMMU TLB: fill"), "arrow down");
  key("j"); key("ArrowRight"); check(now() === 3 && panel().includes("arch/arm64/mm/fault.c:231"), "on");
  check(document.querySelector("g.step.now").dataset.step === "3", "the diagram shows it too");
  key("k"); check(now() === 2, "back"); key("End"); check(now() === 9, "end");
  key("ArrowDown"); check(now() === 9, "not beyond the end"); key("Home"); check(now() === 0, "home");
  document.querySelector("g.step[data-step=\"6\"]").dispatchEvent(new MouseEvent("click", {bubbles: true}));
  check(now() === 6 && panel().includes("tlbi vale1is"), "click");
  document.querySelector("button.on").click(); check(now() === 7, "button");
  check(all("g.step").every((g) => g.getAttribute("aria-label") && g.querySelector("title")), "labels");
  const ratio = (a, b) => { const l = (c) => c.match(/\d+/g).slice(0, 3).map((v) => v / 255)
      .map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
      .reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
    const [x, y] = [l(a), l(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
  const ground = getComputedStyle(document.body).backgroundColor;
  for (const e of all("h1, .bad, .statement, .missed"))
    check(ratio(e.tagName === "text" ? getComputedStyle(e).fill : getComputedStyle(e).color, ground) >= 4.5,
          "contrast of " + e.className);
  check(document.documentElement.scrollWidth <= window.innerWidth, "no scrolling sideways");
'

# The loop: the device faults, the kernel finds nothing to do.
"$tlbmc" verify "$cases/questions/endless-fault.json" --format html -o "$scratch/loop.html" || [[ $? == 10 ]]
page "$scratch/loop.html" '
  check(all("g.loop").length === 1, "the loop");
  check(document.querySelector("g.loop").dataset.from === "10", "where it begins");
  check(document.body.textContent.includes("Steps from 10 on repeat for ever"), "in words");
  key("End"); check(now() === 11 && panel().includes("return"), "stepping through the loop");
'

"$tlbmc" suite "$source_tree/tests/suites/small.json" --format html -o "$scratch/suite.html"
page "$scratch/suite.html" '
  check(all("table.overview").length === 2, "a table for each placement");
  check(all("table.overview tbody tr").length === 12, "a row for each case");
  check(all("table.overview a").length === 2, "a link for each violation");
  for (const a of all("table.overview a"))
    check(document.getElementById(a.getAttribute("href").slice(1)), "where the link goes");
  check(all("section.trace-section").length === 2, "traces");
  key("ArrowDown"); check(now() === 1, "arrow down");
'

# The bugs of the past, all of them.
"$tlbmc" suite "$cases/suites/history.json" -j2 --format html -o "$scratch/past.html"
page "$scratch/past.html" '
  check(all("table.overview tbody tr").length >= 150, "a row for each case");
  check(all("section.trace-section").length >= 80, "a trace for each violation");
  check(all("g.loop").length >= 1, "loops");
  for (const a of all("table.overview a"))
    check(document.getElementById(a.getAttribute("href").slice(1)), "where the link goes");
'

# The race of two operations that no single one shows, of long ago.
"$tlbmc" verify "$source_tree/tests/data/60bae7370896.json" --variant flush-after-unlock \
  --machine "$cases/machines/arm64-smmuv3.json" --property no-stale-writable --format html \
  -o "$scratch/history.html" || [[ $? == 10 ]]
page "$scratch/history.html" '
  const lanes = all("g.lane").map((g) => g.dataset.lane);
  check(lanes.includes("T1") && lanes.includes("T2"), "a lane for each thread");
  check(all("g.life.stale").length >= 1, "the stale entry");
  key("End"); check(now() === all("g.step").length, "the end");
'

[[ -n ${SCREENSHOTS:-} ]] || exit 0
mkdir -p "$SCREENSHOTS"
for page in bug loop suite history past; do
  shot() { "${browser[@]}" "$@" "file://$scratch/$page.html" 2> /dev/null; }
  shot --window-size=1200,1500 --screenshot="$SCREENSHOTS/$page-light.png"
  shot --window-size=1200,1500 --blink-settings=preferredColorScheme=0 \
    --screenshot="$SCREENSHOTS/$page-dark.png"
  shot --window-size=400,1800 --screenshot="$SCREENSHOTS/$page-400.png"
  shot --print-to-pdf="$SCREENSHOTS/$page.pdf"
done
