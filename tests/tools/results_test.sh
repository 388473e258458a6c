#!/usr/bin/env bash
# tools/results: the same file from the same suites; no verdict without an explanation, and no
# explanation without its verdict.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v jq > /dev/null || skip "jq is not installed"
results() { "$source_tree/tools/results" --tlbmc "$tlbmc" "$@"; }

# suite_of JQ: the small suite, changed, with absolute paths.
suite_of() {
  jq --arg root "$source_tree/" \
    '.groups[] |= (.placement |= sub("^../../"; $root) | .machines[] |= sub("^../../"; $root)) | '"$1" \
    "$source_tree/tests/suites/small.json"
}

# refused JQ TEXT: status 10, the reason is said, nothing is written.
refused() {
  suite_of "$1" > "$scratch/refused.json"
  local status=0
  results "$scratch/refused.json" -o "$scratch/refused.md" 2> "$scratch/said" || status=$?
  [[ $status == 10 ]] || fail "status $status, expected 10, of $1"
  grep -q "$2" "$scratch/said" || fail "said: $(cat "$scratch/said"); expected: $2"
  [[ ! -e $scratch/refused.md ]] || fail "written, although refused: $1"
}

suite_of . > "$scratch/small.json"
results "$scratch/small.json" -o "$scratch/first.md"
results "$scratch/small.json" -o "$scratch/first.md" --check || fail "another run, another file"
grep -q '^| wp_page_reuse | \*\*VIOLATED\*\* \[1\] | PROVED |$' "$scratch/first.md" || fail "the table"
grep -q '^1. The original bug$' "$scratch/first.md" || fail "the note"

# The section of what was read from the source: written by another command, and kept by this one.
mkdir "$scratch/rows"
for table in {6.1,6.12}-{arm64,x86,powerpc}; do
  cat > "$scratch/rows/$table.json" << JSON
{"placement": "p", "source": "s", "package": "linux-source 1", "machine": "m.json", "property": "no-stale-readonly", "timeout": 20,
 "rows": [{"entry": "one", "verdict": "proved", "detail": "", "control": "flips"},
          {"entry": "two", "verdict": "proved", "detail": "", "control": "stores no PTE"},
          {"entry": "three", "verdict": "VIOLATED", "detail": "missed", "control": ""}], "absent": ["four"]}
JSON
done
extraction_results() { "$source_tree/tools/extraction-results" --rows "$scratch/rows" -o "$scratch/first.md"; }
extraction_results
grep -q '^| 6.12 x86 (linux-source 1) | m | no-stale-readonly | 2 | 1 | 1 | 1 | 0 | 0 | 20 |$' "$scratch/first.md" ||
  fail "the summary of what was read from the source"
grep -q '^| two | proved, vacuous | proved, vacuous |' "$scratch/first.md" || fail "an entry that is vacuous"
grep -q '^| four | not there |' "$scratch/first.md" || fail "an entry that is not there"
results "$scratch/small.json" -o "$scratch/first.md" --check || fail "the section is not kept"
cp "$scratch/first.md" "$scratch/second.md"
extraction_results
cmp "$scratch/first.md" "$scratch/second.md" || fail "the section, written again, is another"

sed -i 's/PROVED/VIOLATED/' "$scratch/first.md"
[[ $(status_of results "$scratch/small.json" -o "$scratch/first.md" --check) == 1 ]] ||
  fail "--check does not see a change"

refused 'del(.groups[0].violated)' 'violated, but the suite expects that it holds'
refused '.groups[1].violated = [.groups[0].violated[0]]' 'proved, but the suite expects that it is violated'

ocxl='.groups = [.groups[1] | .placement |= sub("arm64"; "powerpc")
  | .machines = ["'$cases'/machines/powerpc-ocxl.json"] | .operations = ["wp_page_reuse"]
  | .violated = [{operation: "wp_page_reuse", property: "no-stale-readonly", reason: "no call"}]]'
refused "$ocxl" 'does not call it a candidate'
suite_of "$ocxl | .groups[0].violated[0].candidate = true" > "$scratch/candidate.json"
results "$scratch/candidate.json" -o "$scratch/candidate.md"
grep -q '^missed: T1 wp_page_reuse' "$scratch/candidate.md" || fail "the candidate's trace"
grep -q '| \*\*candidate\*\* \[1\] |' "$scratch/candidate.md" || fail "the candidate in the table"

suite_of '.groups = [.groups[1] | del(.operations) | .together = true | .timeout = 1]' > "$scratch/late.json"
results "$scratch/late.json" -o "$scratch/late.md"
grep -q '\*\*UNKNOWN\*\* \[' "$scratch/late.md" || fail "out of time, and not UNKNOWN"
grep -Eq '^[0-9]+\. (timeout|.*out of time)' "$scratch/late.md" || fail "UNKNOWN without its reason"
