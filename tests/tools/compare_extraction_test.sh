#!/usr/bin/env bash
# tools/compare-extraction: what agrees, what differs and is explained, or is not, and bad input.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The "extracted" one is made of the hand-written one, under other names.
written=$cases/placements/linux-6.12-arm64.json
cat > "$scratch/extracted.json" << JSON
{"name": "extracted", "extends": "$(realpath --relative-to="$scratch" "$cases/placements/linux-6.1-arm64.json")",
 "driver": "linux-6.1"}
JSON
mkdir "$scratch/data"
printf '# comment\nwp_page_reuse\twp_page_reuse\nwp_page_copy\twp_page_copy\n' > "$scratch/data/operations.tsv"
: > "$scratch/data/explained.tsv"

# compares STATUS ARGUMENT...: what it says is in $scratch/out.
compares() {
  local expected=$1 status=0
  shift
  "$source_tree/tools/compare-extraction" --tlbmc "$tlbmc" --machine "$cases/machines/arm64-smmuv3.json" \
    --data "$scratch/data" --property no-stale-readonly "$@" > "$scratch/out" 2>&1 || status=$?
  [[ $status == "$expected" ]] || fail "status $status, expected $expected: $(cat "$scratch/out")"
}
says() { grep -Eq -- "$1" "$scratch/out" || fail "no /$1/ in: $(cat "$scratch/out")"; }

compares 0 "$written" "$written"
says '^2 agree, of 2 pairs$'
says '^not compared, .*: .*fork'
compares 10 "$written" "$scratch/extracted.json"
says '^wp_page_reuse .* DIFFERS +proved / VIOLATED$'
says '^ +extracted: T1 wp_page_reuse changed the PTE'
says '^1 differ, not explained, 1 agree, of 2 pairs$'
printf 'linux-6.12-arm64\twp_page_reuse\twp_page_reuse\tno-stale-readonly\tan older kernel\n' \
  > "$scratch/data/explained.tsv"
compares 0 "$written" "$scratch/extracted.json"
says 'explained: an older kernel'
compares 10 "$written" "$written"
says '1 explained, do not differ'
compares 2 "$written" "$scratch/none.json"
echo 'one column' > "$scratch/data/explained.tsv"
compares 2 "$written" "$written"
says 'explained.tsv: line 1: expected 5 columns, found 1'
