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
expect 20 'UNKNOWN: ' "$tlbmc" certify "$scratch/proof" --solver true
expect_bad_input 'new or empty' "$tlbmc" "${small[@]}" --certificate "$scratch/proof"
sed -i 's/"upgrade"/"downgrade"/' "$scratch/proof/placement.json"
expect 30 'REJECTED: placement.json' "$tlbmc" certify "$scratch/proof"
expect 30 'REJECTED: .*: [a-z]+ is|REJECTED: .* is sat' "$tlbmc" certify "$scratch/proof" --reseal
expect_bad_input 'manifest.json: no such file' "$tlbmc" certify "$scratch/none"
expect 10 'no-stale-readonly: VIOLATED' \
  "$tlbmc" "${small[@]}" --drop arch/arm64/include/asm/tlbflush.h:314
expect_bad_input 'tlbmc: A subcommand is required' "$tlbmc"
expect_bad_input 'no command "verfy" \(did you mean "verify"\?\)' "$tlbmc" verfy
expect_bad_input 'machine is required' "$tlbmc" verify "$old"
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
expect_bad_input 'expected a trace of that property' \
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
