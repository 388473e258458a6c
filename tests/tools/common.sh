# What the scripts here share. Each is called with the path of tlbmc and of the source tree.
# shellcheck shell=bash
set -euo pipefail

tlbmc=$1
source_tree=$2
# shellcheck disable=SC2034
cases=$source_tree/cases
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Says loudly that nothing was tested; ctest shows the test as skipped.
skip() {
  echo "SKIPPED, NOTHING TESTED: $*" >&2
  exit 77
}

# status_of COMMAND...: its exit status, on stdout.
status_of() {
  local status=0
  "$@" > /dev/null 2>&1 || status=$?
  echo "$status"
}

# sorted FILE...: JSON of results, a line for each case, sorted.
sorted() { jq --sort-keys --compact-output '.cases[]' "$@" | sort; }
