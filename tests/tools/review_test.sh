#!/usr/bin/env bash
# Reviews of whole placements: where calls suffice in Linux 6.1, and what became of it in 6.12.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

old=$cases/placements/linux-6.1-arm64.json
new=$cases/placements/linux-6.12-arm64.json
plain=(--machine "$cases/machines/arm64-smmuv3.json")

# Every property that can be asked, all operations; a set inside the arch's flush functions is one
# of the minimal ones, with no call left in range_end.
"$tlbmc" synth "$old" "${plain[@]}" --sets 10 --format json -o "$scratch/sets.json" ||
  fail "synth: status $?"
[[ $(jq -r .end "$scratch/sets.json") == all ]] || fail "synth: there may be other minimal sets"
[[ $(jq '.open | length' "$scratch/sets.json") == 0 ]] || fail "synth: sets are left open"
jq -e '.sets[] | select(.points | map(split(":")[0]) | sort ==
  ["__flush_tlb_range", "flush_tlb_mm", "flush_tlb_page_nosync"])' "$scratch/sets.json" > /dev/null ||
  fail "synth: the arch's flush functions are no minimal set"
jq -e 'all(.sets[]; (.points | length) == (.needed | length))' "$scratch/sets.json" > /dev/null ||
  fail "synth: a point of a set is not shown to be needed"

# The story of the series, on one screen.
"$tlbmc" diff "$old" "$new" "${plain[@]}" > "$scratch/diff" || fail "diff: status $?"
[[ $(wc -l < "$scratch/diff") -le 50 ]] || fail "diff: more than a screen"
grep -qE '^wp_page_reuse +violated -> proved' "$scratch/diff" || fail "diff: the repair is not there"
if grep -qE 'VIOLATED|newly broken' "$scratch/diff"; then fail "diff: something is newly broken"; fi
