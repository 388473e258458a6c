#!/usr/bin/env bash
# KTAP against the kernel's own parser: tools/testing/kunit/kunit_parser.py of Debian's
# linux-source-6.12 (in bookworm-security, bookworm-backports), or of the tree that KERNEL_SOURCE names.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

parts=(kunit_parser.py kunit_printer.py)
archive=/usr/src/linux-source-6.12.tar.xz
if [[ -n ${KERNEL_SOURCE:-} ]]; then
  for part in "${parts[@]}"; do cp "$KERNEL_SOURCE/tools/testing/kunit/$part" "$scratch/"; done
elif [[ -f $archive ]]; then
  tar -xJf "$archive" -C "$scratch" --strip-components=4 --occurrence=1 \
    "${parts[@]/#/linux-source-6.12/tools/testing/kunit/}"
else
  skip "no $archive (apt-get install linux-source-6.12), and KERNEL_SOURCE is not set"
fi
command -v python3 > /dev/null || skip "python3 is not installed"

# A suite in which all is as expected; the same with two entries that are not.
"$tlbmc" suite "$source_tree/tests/suites/small.json" --format json -o "$scratch/good.json"
jq '.cases[1].properties[0].expected.verdict = "violated" | .cases[2].status = "timeout"
    | .cases[3].properties[1].verdict = "unknown"' "$scratch/good.json" > "$scratch/bad.json"
for kind in good bad; do
  "$tlbmc" trace "$scratch/$kind.json" --format ktap -o "$scratch/$kind.ktap"
done

cat > "$scratch/parse.py" << 'PYTHON'
import sys
import kunit_parser as parser
try:
    from kunit_printer import null_printer as printer
except ImportError:
    printer = None

def parsed(name):
    with open(name) as stream:
        lines = parser.extract_tap_lines(stream)
        arguments = [lines] if printer is None else [lines, printer]
        try:
            return parser.parse_run_tests(stream, *arguments[1:])
        except TypeError:
            return parser.parse_run_tests(stream)

def check(truth, what):
    if not truth:
        sys.exit(f"kunit_parser: {what}")

good, bad = parsed(sys.argv[1]), parsed(sys.argv[2])
for test, statuses in ((good, (24, 0, 0)), (bad, (20, 3, 1))):
    c = test.counts
    check(c.errors == 0, f"{c.errors} parse errors")
    check((c.passed, c.failed, c.skipped) == statuses, f"{c}, expected {statuses}")
    check(len(test.subtests) == 12, f"{len(test.subtests)} subtests")
check(good.status == parser.TestStatus.SUCCESS, good.status)
check(bad.status == parser.TestStatus.FAILURE, bad.status)
PYTHON
PYTHONPATH=$scratch python3 "$scratch/parse.py" "$scratch/good.ktap" "$scratch/bad.ktap" ||
  fail "the kernel's parser"
