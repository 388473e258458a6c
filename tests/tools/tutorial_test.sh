#!/usr/bin/env bash
# Runs every command of docs/tutorial.md, in order; "# exit status N" behind one says what it has to be.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v jq > /dev/null || skip "jq is not installed (apt-get install jq)"
mkdir "$scratch/bin" "$scratch/work"
ln -s "$(realpath "$tlbmc")" "$scratch/bin/tlbmc"
PATH=$scratch/bin:$PATH
source_tree=$(realpath "$source_tree")
cd "$scratch/work"
ln -s "$source_tree/cases" cases

# Of a command with a status behind it, the status is checked; others have to succeed.
{
  echo 'set -euo pipefail'
  awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$source_tree/docs/tutorial.md" |
    sed -E 's/^(.*[^ ]) +# exit status ([0-9]+)$/\1 || [[ $? == \2 ]] \&\& echo status \2/'
} > script
bash script > out 2> err || fail "$(cat out err)"
[[ $(grep -c '^status 10$' out) == 2 ]] || fail "not violated twice: $(cat out)"
[[ $(grep -c ': PROVED for any number' out) == 8 ]] || fail "not proved twice"
grep -q 'missed: .* relies at mm/vmscan.c:1389 .* the SMMU TLB still holds A:RW' out || fail "another trace"
grep -Eq '^17 +.* dsb ish .*mm/vmscan.c:1388' out || fail "step 17 is another"
grep -q 'proposal: 8 proved' out || fail "the suite"
grep -q '2 from the cache' err || fail "not from the cache: $(cat err)"
grep -q '^KTAP version 1' out || fail "no KTAP"

sed 's/"notify"/"notfy"/' proposal.json > typo.json
tlbmc validate typo.json 2> said && fail "a typing error is valid"
grep -q '/routines/flush_tlb_page/body/2: unknown action "notfy" (did you mean "notify"?)' said ||
  fail "$(cat said)"
