#!/usr/bin/env bash
# The command line as a user meets it: exit statuses, one clear line for bad input, traces.
# Usage: cli_test.sh TLBMC SOURCE_DIR
set -uo pipefail
tlbmc=$1
cases=$2/cases
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
checks=0

# expect STATUS PATTERN COMMAND...: the status, and a line of the output that matches.
expect() {
  local status=$1 pattern=$2 actual=0
  shift 2
  "$@" > "$scratch/out" 2> "$scratch/err" || actual=$?
  checks=$((checks + 1))
  if [[ $actual != "$status" ]] ||
    { [[ -n $pattern ]] && ! cat "$scratch/out" "$scratch/err" | grep -qE -- "$pattern"; }; then
    echo "FAILED (status $actual, expected $status and /$pattern/): $*"
    cat "$scratch/out" "$scratch/err"
    failed=$((failed + 1))
  fi
}

# The diagnostic is one line on stderr, and nothing is on stdout.
expect_bad_input() {
  expect 2 "$@"
  if [[ $(wc -l < "$scratch/err") != 1 || -s $scratch/out ]]; then
    echo "FAILED (expected one line on stderr): ${*:2}"
    failed=$((failed + 1))
  fi
}

old=$cases/placements/linux-6.1-arm64.json
new=$cases/placements/linux-6.12-arm64.json
plain=(--machine "$cases/machines/arm64-smmuv3.json")
btm=(--machine "$cases/machines/arm64-smmuv3-btm.json")

expect 0 '^tlbmc [0-9]' "$tlbmc" --version
expect 0 'Examples:' "$tlbmc" verify --help
# Proved for any number of threads, with a certificate that two solvers accept; not without the call.
small=(verify "$new" "${plain[@]}" --op wp_page_reuse)
expect 0 'no-stale-readonly: PROVED for any number of' "$tlbmc" "${small[@]}" \
  --certificate "$scratch/proof" --explain-invariant
expect 0 'each answered unsat by z3' "$tlbmc" certify "$scratch/proof"
expect 0 'each answered unsat by cvc5' "$tlbmc" certify "$scratch/proof" --solver cvc5
expect 0 'each answered unsat by cadical' "$tlbmc" certify "$scratch/proof" --solver cadical
expect 20 'UNKNOWN: ' "$tlbmc" certify "$scratch/proof" --solver true
expect 20 'yes .*wrote more than' "$tlbmc" certify "$scratch/proof" --solver yes
expect_bad_input 'new or empty' "$tlbmc" "${small[@]}" --certificate "$scratch/proof"
sed -i 's/"upgrade"/"downgrade"/' "$scratch/proof/placement.json"
expect 30 'REJECTED: placement.json' "$tlbmc" certify "$scratch/proof"
expect 30 'REJECTED: .*: [a-z]+ is|REJECTED: .* is sat' "$tlbmc" certify "$scratch/proof" --reseal
expect_bad_input 'manifest.json: no such file' "$tlbmc" certify "$scratch/none"
expect 10 'no-stale-readonly: VIOLATED' \
  "$tlbmc" "${small[@]}" --drop arch/arm64/include/asm/tlbflush.h:314
expect_bad_input 'tlbmc: A subcommand is required' "$tlbmc"
expect_bad_input 'no command "verfy" \(did you mean "verify"\?\)' "$tlbmc" verfy
expect_bad_input 'machine: is required' "$tlbmc" verify "$old"
expect_bad_input 'depth: .*0 ' "$tlbmc" verify "$old" "${plain[@]}" --depth 0
expect_bad_input 'threads: .*many' "$tlbmc" verify "$old" "${plain[@]}" --threads many
expect_bad_input 'timeout: expected seconds .*nan' "$tlbmc" verify "$old" "${plain[@]}" --timeout nan
expect_bad_input 'cannot be written' "$tlbmc" verify "$old" "${plain[@]}" -o "$scratch/no/such/place"

# The original bug: the device's TLB keeps the read-only entry. A shortest trace fits on a screen.
bug=(--property no-stale-readonly --op wp_page_reuse)
expect 10 'SMMU TLB still holds A:RO' "$tlbmc" verify "$old" "${plain[@]}" "${bug[@]}"
expect 10 'mm/memory.c:3106 > arch/arm64/mm/fault.c:231$' \
  "$tlbmc" verify "$old" "${plain[@]}" "${bug[@]}"
lines=$("$tlbmc" verify "$old" "${plain[@]}" "${bug[@]}" | wc -l)
[[ $lines -le 14 ]] || { echo "FAILED: the trace has $lines lines"; failed=$((failed + 1)); }
# With broadcast TLB maintenance the SMMU hears of it; without a proof that is "unknown", never 0.
expect 0 'PROVED' "$tlbmc" verify "$old" "${btm[@]}" "${bug[@]}"
expect 20 'not refuted to depth' "$tlbmc" verify "$old" "${btm[@]}" "${bug[@]}" --bounded
# Both engines agree.
expect 10 'VIOLATED in 4 steps' "$tlbmc" verify "$old" "${plain[@]}" "${bug[@]}" --engine unrolling
expect 10 'VIOLATED in 4 steps' "$tlbmc" verify "$old" "${plain[@]}" "${bug[@]}" --engine enumeration
# A dropped notifier call is found.
expect 10 'no-stale-readonly: VIOLATED' "$tlbmc" verify "$new" "${plain[@]}" --op wp_page_reuse \
  --drop arch/arm64/include/asm/tlbflush.h:314

# A result can be shown again.
expect 10 '' "$tlbmc" verify "$old" "${plain[@]}" "${bug[@]}" --format json -o "$scratch/result.json"
expect 0 '^missed: ' "$tlbmc" trace "$scratch/result.json"
expect 0 '"missed"' "$tlbmc" trace "$scratch/result.json" --format json
expect_bad_input 'no property .no-use-after-free. in it' \
  "$tlbmc" trace "$scratch/result.json" --property no-use-after-free

# The same question for other tools. Their answers are compared in tests/encoders/.
export=(export "$old" "${plain[@]}" --op wp_page_reuse)
expect 0 'Example:' "$tlbmc" export --help
expect 0 'assert\(no_stale_readonly\)' "$tlbmc" "${export[@]}" --to promela
expect 0 'held_1_rw_3' "$tlbmc" "${export[@]}" --to promela --no-reduction --tlbs 4
expect 0 '^\(check-sat\)' "$tlbmc" "${export[@]}" --to smt2 --depth 2
expect 0 '' "$tlbmc" "${export[@]}" --to aiger -o "$scratch/case.aig"
expect 0 '^aig ' head -1 "$scratch/case.aig"
expect 0 '^digraph' "$tlbmc" "${export[@]}" --to dot
expect_bad_input 'to is required' "$tlbmc" "${export[@]}"
expect_bad_input 'promla' "$tlbmc" "${export[@]}" --to promla
expect_bad_input 'tlbs requires --no-reduction' "$tlbmc" "${export[@]}" --to promela --tlbs 2
expect_bad_input 'expected with --to smt2' "$tlbmc" "${export[@]}" --to smt2
expect_bad_input 'expected with --to smt2' "$tlbmc" "${export[@]}" --to aiger --depth 2
expect_bad_input 'did you mean "wp_page_copy"' \
  "$tlbmc" export "$old" "${plain[@]}" --op wp_page_cpy --to dot
expect_bad_input 'cannot be written' "$tlbmc" "${export[@]}" --to dot -o /nonexistent/out

# Out of time is not success.
expect 20 'stopped early' "$tlbmc" verify "$new" "${plain[@]}" --engine unrolling --depth 30 --timeout 0.5
# Z3 must not take the signal for itself: in the search, and some way into the proof.
# Nor is it sent to the shell that is about to become the command: that one would clean up as at exit.
catches_interrupts() {
  local caught
  [[ /proc/$1/exe -ef $tlbmc ]] || return 1
  caught=$(awk '/^SigCgt/ {print $2}' "/proc/$1/status") && (((0x${caught:-0} & 2) != 0))
}
# interrupted SECONDS COMMAND...: SIGINT that long after the command began to catch it.
interrupted() {
  local seconds=$1 pid
  shift
  "$@" &
  pid=$!
  while kill -0 "$pid" && ! catches_interrupts "$pid"; do sleep 0.05; done
  sleep "$seconds"
  kill -INT "$pid"
  wait "$pid"
}
for seconds in 0 1 2 4 6; do
  expect 20 'stopped early' interrupted "$seconds" "$tlbmc" verify "$new" "${plain[@]}"
done

# Litmus tests: 0 as expected, 10 an answer differs, 20 unsupported, 2 malformed.
litmus="$cases/litmus"
expect 0 'all +[0-9]+ +[0-9]+ +[0-9]+ +0 +0' \
  "$tlbmc" litmus "$litmus" --expect "$litmus/index.tsv" --ets none,2 --quiet
expect 10 'expected Forbidden' "$tlbmc" litmus "$litmus" --expect "$litmus/index.tsv" \
  --without-rule tlbi-invalidates --quiet
expect 0 'Observation map.dsb Sometimes 1 1' \
  "$tlbmc" litmus "$litmus/map+dsb.litmus" --states --witness
expect 0 '"verdict": "Forbidden"' "$tlbmc" litmus "$litmus/map+dsb.litmus" --ets 2 --format json
sed 's/LDR W4/LDXR W4/' "$litmus/map+dsb.litmus" > "$scratch/exclusive.litmus"
expect 20 'Unsupported: instruction LDXR' "$tlbmc" litmus "$scratch/exclusive.litmus"
head -c 200 "$litmus/map+dsb.litmus" > "$scratch/short.litmus"
expect_bad_input 'short.litmus: line 9: expected' "$tlbmc" litmus "$scratch/short.litmus"
expect_bad_input 'nowhere.litmus: cannot be read' "$tlbmc" litmus nowhere.litmus
expect_bad_input 'no files that end in .litmus' "$tlbmc" litmus "$2/docs"
expect_bad_input 'has no verdict for any of the tests, no ETS' \
  "$tlbmc" litmus "$scratch/exclusive.litmus" --expect "$litmus/index.tsv"
expect_bad_input 'has no verdict for any of the tests, ETS3' \
  "$tlbmc" litmus "$litmus" --expect "$litmus/index.tsv" --ets none,3
expect 0 '"wrongly_allowed": 0' "$tlbmc" litmus "$litmus" --expect "$litmus/index.tsv" --format json
cp "$litmus/map+dsb.litmus" "$litmus/map+po.litmus" "$scratch"
sed -n '1p; /^map.po/p' "$litmus/index.tsv" > "$scratch/index.tsv"
expect 0 'not compared, for want of an expectation: 1' \
  "$tlbmc" litmus "$scratch/map+dsb.litmus" "$scratch/map+po.litmus" --expect "$scratch/index.tsv"
rm "$scratch/map+po.litmus"
expect_bad_input 'index.tsv: line 2: there is no file map.po.litmus' \
  "$tlbmc" litmus "$scratch/map+dsb.litmus" --expect "$scratch/index.tsv"
for option in --states --witness --quiet "--format json" "--expect $litmus/index.tsv"; do
  expect_bad_input 'excludes' "$tlbmc" litmus "$litmus" --mutation-table $option
done
mkfifo "$scratch/pipe.litmus"
expect_bad_input 'pipe.litmus: is not a regular file' timeout 10 "$tlbmc" litmus "$scratch/pipe.litmus"
mkdir "$scratch/folder.litmus"
expect_bad_input 'no files that end in .litmus' "$tlbmc" litmus "$scratch/folder.litmus"

# Bad input: file, place and what was expected.
expect_bad_input 'no such file' "$tlbmc" verify nowhere.json "${plain[@]}"
expect_bad_input 'did you mean "no-stale-readonly"' \
  "$tlbmc" verify "$old" "${plain[@]}" --property no-stale-readonyl
expect_bad_input 'did you mean "wp_page_copy"' "$tlbmc" verify "$old" "${plain[@]}" --op wp_page_cpy
expect_bad_input 'no variant' "$tlbmc" verify "$old" "${plain[@]}" --variant nothing
expect_bad_input 'no action stands for' "$tlbmc" verify "$old" "${plain[@]}" --drop mm/memory.c:1
head -c 3000 "$old" > "$scratch/truncated.json"
expect_bad_input 'truncated.json: not JSON at line' "$tlbmc" verify "$scratch/truncated.json" "${plain[@]}"
expect_bad_input 'cannot be written' \
  "$tlbmc" verify "$old" "${btm[@]}" "${bug[@]}" -o /nonexistent/out
echo '{"name": "empty", "groups": []}' > "$scratch/suite.json"
expect_bad_input '/groups: expected at least one group' "$tlbmc" suite "$scratch/suite.json"
echo '[' > "$scratch/suite.json"
expect_bad_input 'not JSON' "$tlbmc" suite "$scratch/suite.json"

# Is a call needed? What survives is named too, and entries of a suite say whether they could fail.
expect 0 'killed: no-stale-readonly in . steps \(wp_page_reuse\)' \
  "$tlbmc" mutate "$new" "${plain[@]}" --op wp_page_reuse --alone
expect 0 'nothing \([0-9]+\)' "$tlbmc" mutate "$new" "${plain[@]}" --op wp_page_reuse --alone \
  --reasons "$cases/mutations/reasons.json" --format markdown
expect 20 'not every run was covered' \
  "$tlbmc" mutate "$new" "${plain[@]}" --op wp_page_reuse --alone --depth 1
expect_bad_input 'did you mean "wp_page_copy"' "$tlbmc" mutate "$old" "${plain[@]}" --op wp_page_cpy
expect_bad_input 'no such file' "$tlbmc" mutate "$old" "${plain[@]}" --reasons nowhere.json

# Where would one call suffice, and what does a change break?
alone=("${plain[@]}" --property no-stale-readonly --op wp_page_reuse)
expect 0 'flush_tlb_page_nosync: notify secondary added' "$tlbmc" synth "$old" "${alone[@]}"
expect 10 'no set of these .*: no-stale-readonly on arm64-smmuv3' \
  "$tlbmc" synth "$old" "${alone[@]}" --forbid flush_tlb_page_nosync
expect 10 '^missed: ' "$tlbmc" synth "$old" "${alone[@]}" --forbid flush_tlb_page_nosync
expect_bad_input 'did you mean "flush_tlb_mm"' "$tlbmc" synth "$old" "${alone[@]}" --pin flush_tlb_mn
expect 0 'not asked: .*atc-after-iotlb' "$tlbmc" synth "$old" "${plain[@]}" --op wp_page_reuse \
  --only flush_tlb_page_nosync
expect_bad_input 'did you mean "flush_tlb_mm"' "$tlbmc" synth "$old" "${alone[@]}" --only flush_tlb_mn
expect 0 'dsb ish,' "$tlbmc" synth "$new" "${alone[@]}" --points barriers

# Is every call needed, why does it hold, what would repair it?
second=("$old" "${plain[@]}" --op uprobe_replace_page)
expect 0 'redundant  uprobe_replace_page, kernel/events/uprobes.c:210' \
  "$tlbmc" verify "${second[@]}" --property no-redundant-notify
expect 0 '"rule": "no-redundant-notify"' \
  "$tlbmc" verify "${second[@]}" --property no-redundant-notify --format json
expect 0 'every verdict stays' \
  "$tlbmc" verify "${second[@]}" --property no-redundant-notify --format sarif
# On every machine that hears it, whichever comes first: with BTM the driver of 6.1 hears no call.
for machines in "${btm[*]} ${plain[*]}" "${plain[*]} ${btm[*]}"; do
  # shellcheck disable=SC2086
  "$tlbmc" synth "$old" $machines --op uprobe_replace_page --redundant \
    --property no-stale-readonly > "$scratch/everywhere"
  expect 0 '^redundant on every machine:$' cat "$scratch/everywhere"
  expect 0 '^  uprobe_replace_page, kernel/events/uprobes.c:210' cat "$scratch/everywhere"
done
expect 20 'stopped early' "$tlbmc" synth "$old" "${plain[@]}" --redundant --timeout 0.5
if grep -qE '^  (needed|redundant) ' "$scratch/out"; then
  echo "FAILED: no time, and yet a call is needed or redundant"
  failed=$((failed + 1))
fi
expect 10 'no-redundant-notify \(advice\)' "$tlbmc" verify "$old" "${alone[@]}" \
  --property no-redundant-notify
expect 0 'without it: no-stale-readonly VIOLATED' \
  "$tlbmc" verify "$new" "${plain[@]}" --op wp_page_reuse --why no-stale-readonly
expect 10 'add "notify secondary"' \
  "$tlbmc" verify "$old" "${plain[@]}" --op wp_page_reuse --why no-stale-readonly
expect 10 '"repairs"' \
  "$tlbmc" verify "$old" "${plain[@]}" --op wp_page_reuse --why no-stale-readonly --format json
expect_bad_input 'expected one operation' "$tlbmc" verify "$old" "${plain[@]}" --why no-stale-readonly
expect_bad_input 'did you mean "no-stale-readonly"' \
  "$tlbmc" verify "$old" "${plain[@]}" --op wp_page_reuse --why no-stale-readonl
# What is written as JSON is what the schemas say.
written() {
  local kind=$1
  shift
  "$tlbmc" "$@" --format json -o "$scratch/review.json"
  expect 0 "review.json: $kind, valid" "$tlbmc" validate "$scratch/review.json"
}
written synthesis synth "$old" "${alone[@]}"
written synthesis synth "$old" "${alone[@]}" --forbid flush_tlb_page_nosync
written redundancy synth "${second[@]}" --redundant --property no-stale-readonly
written why verify "$new" "${plain[@]}" --op wp_page_reuse --why no-stale-readonly
written why verify "$old" "${plain[@]}" --op wp_page_reuse --why no-stale-readonly
written comparison diff "$old" "$new" "${alone[@]}" --redundant
sed -i 's/"cells"/"cels"/' "$scratch/review.json"
expect_bad_input '/comparisons/0: unknown key "cels" .did you mean "cells"' \
  "$tlbmc" validate "$scratch/review.json"
# Without barriers more stores are queued than there is room for: that is no error.
expect 0 'break-before-make: PROVED' "$tlbmc" verify "$new" "${plain[@]}" --op ksm_merge \
  --why break-before-make
race=$2/tests/data/60bae7370896.json
expect 10 'newly broken: no-stale-writable, all together' "$tlbmc" diff "$race" "$race" "${plain[@]}" \
  --old-variant flush-under-ptl --new-variant flush-after-unlock --property no-stale-writable
expect 0 'newly proved' "$tlbmc" diff "$race" "$race" "${plain[@]}" \
  --old-variant flush-after-unlock --new-variant flush-under-ptl --property no-stale-writable
expect 10 'WRONG: violated' "$tlbmc" diff "$race" "$race" "${plain[@]}" --format html \
  --old-variant flush-under-ptl --new-variant flush-after-unlock --property no-stale-writable
expect 10 '"level": "error"' "$tlbmc" diff "$race" "$race" "${plain[@]}" --format sarif \
  --old-variant flush-under-ptl --new-variant flush-after-unlock --property no-stale-writable
expect 0 'wp_page_reuse: grew: notifier calls reach nothing' \
  "$tlbmc" diff "$old" "$new" "${alone[@]}"
expect_bad_input 'no such file' "$tlbmc" series nowhere.json

# A folder of placements is a series too.
mkdir "$scratch/steps"
operation='"operations": {"upgrade": {"body": [{"lock": "ptl"}, {"if": {"pte": "readonly"}, "then": [{"pte": "upgrade"},
  {"barrier": "dsb ishst"}, {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"}'
for step in 1-with 2-with 3-without; do
  call=', {"notify": "secondary", "range": "page"}'
  [[ $step != 3-without ]] || call=
  echo "{\"name\": \"$step\", \"driver\": \"linux-6.12\", $operation$call]}, {\"unlock\": \"ptl\"}]}}}" \
    > "$scratch/steps/$step.json"
done
expect 10 '3-without: BREAKS what was proved' "$tlbmc" series "$scratch/steps" "${plain[@]}"
rm "$scratch/steps/3-without.json"
expect 0 '2-with: safe' "$tlbmc" series "$scratch/steps" "${plain[@]}"
expect_bad_input 'is required with a folder' "$tlbmc" series "$scratch/steps"
rm "$scratch/steps/2-with.json"
expect_bad_input 'at least two placement files' "$tlbmc" series "$scratch/steps" "${plain[@]}"

# An unknown key in each kind of file: place and suggestion, by the command that reads it and by validate.
"$tlbmc" verify "$new" "${plain[@]}" --op wp_page_reuse --certificate "$scratch/proved" > /dev/null
"$tlbmc" verify "$old" "${plain[@]}" "${bug[@]}" --format json -o "$scratch/good.json" || true
# unknown_key FILE PLACE KEY WRONG KNOWN COMMAND...: KEY misspelled as WRONG, in a copy beside the file.
unknown_key() {
  local file=$1 place=$2 key=$3 wrong=$4
  shift 4
  sed "s/\"$key\":/\"$wrong\":/" "$file" > "$scratch/misspelled.json"
  expect_bad_input "misspelled.json: ${place}unknown key \"$wrong\" .did you mean \"$key\"" \
    "$tlbmc" validate "$scratch/misspelled.json"
  [[ $# == 0 ]] || expect_bad_input "${place}unknown key \"$wrong\" .did you mean \"$key\"" "$@"
}
unknown_key "$new" '' driver drivre "$tlbmc" verify "$scratch/misspelled.json" "${plain[@]}"
unknown_key "$cases/machines/arm64-smmuv3.json" '/drivers/linux-6.1: ' shares-asid share-asid \
  "$tlbmc" verify "$new" --machine "$scratch/misspelled.json"
unknown_key "$cases/questions/stale-readonly.json" '' operations operation \
  "$tlbmc" verify "$scratch/misspelled.json"
unknown_key "$cases/suites/base.json" '/groups/0: ' machines machnes "$tlbmc" suite "$scratch/misspelled.json"
unknown_key "$scratch/good.json" '/properties/0/trace: ' entry entyr "$tlbmc" trace "$scratch/misspelled.json"
unknown_key "$scratch/proved/manifest.json" '/options: ' variant varient
sed -i 's/"variant":/"varient":/' "$scratch/proved/manifest.json"
expect_bad_input '/options: unknown key "varient" .did you mean "variant"' "$tlbmc" certify "$scratch/proved"
# Every file that is shipped; a part of placements is valid, and nothing is asked of it.
find "$cases" -name '*.json' -not -path '*/schema/*' -print0 | sort -z > "$scratch/shipped"
mapfile -d '' shipped < "$scratch/shipped"
expect 0 'events/arm64.json: event-rules, valid' "$tlbmc" validate "${shipped[@]}"
expect_bad_input '/part: .*expected one that extends it' "$tlbmc" verify \
  "$cases/placements/common/linux-6.12-mm.json" "${plain[@]}"
sed '/"part"/d' "$cases/extract/entries/arm64.json" > "$scratch/entries.json"
cp "$cases/extract/entries/common.json" "$scratch"
expect_bad_input '/driver: expected the name of a driver' "$tlbmc" validate --kind entries \
  "$scratch/entries.json"
expect 0 'stale-readonly.json: case, valid' "$tlbmc" validate "$cases"/questions/*.json \
  "$cases"/{placements,machines,suites,mutations}/*.json
expect_bad_input 'expected a KIND' "$tlbmc" schema
expect 0 '"title": "Machine"' "$tlbmc" schema machine

# A suite says so when a verdict is another than expected.
cat > "$scratch/wrong.json" << JSON
{"name": "wrong", "groups": [{"placement": "$old", "machines": ["$cases/machines/arm64-smmuv3.json"],
 "operations": ["wp_page_reuse"], "reason": "it is said to hold"}]}
JSON
sed -i "s|\"$cases|\"$(realpath --relative-to="$scratch" "$cases")|g" "$scratch/wrong.json"
expect 10 'WRONG: violated' "$tlbmc" suite "$scratch/wrong.json"
expect 10 'no-stale-readonly . THE ORIGINAL' "$tlbmc" grounds "$scratch/wrong.json"
sed 's|linux-6.1-|linux-6.12-|' "$scratch/wrong.json" > "$scratch/right.json"
expect 0 '^4 entries .* 1 violated by a mutant, 3 vacuous, 0 neither' \
  "$tlbmc" grounds "$scratch/right.json"

echo "$checks commands, $failed failed"
[[ $failed == 0 ]]
