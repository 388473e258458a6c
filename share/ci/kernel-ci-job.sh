#!/bin/sh
# A job for kernel CI: KTAP on stdout, as kselftest and KUnit give it, so that what reads theirs
# (tools/testing/kunit/kunit.py parse, LAVA, KernelCI) reads this. All else goes to stderr.
# Environment: SUITE (required), TLBMC (tlbmc), CACHE (a folder kept between runs), OUT (a folder for
# result.json and the page).
set -eu

: "${SUITE:?a suite file is required}"
out=${OUT:-$(mktemp -d)}
mkdir -p "$out"
set -- suite "$SUITE" --format json -o "$out/result.json"
[ -z "${CACHE:-}" ] || set -- "$@" --cache "$CACHE"

status=0
"${TLBMC:-tlbmc}" "$@" >&2 || status=$?
case $status in
  0 | 10 | 20 | 70) ;; # what follows says which test it is
  *)
    echo "KTAP version 1"
    echo "1..0 # SKIP tlbmc ended with status $status"
    exit "$status"
    ;;
esac
"${TLBMC:-tlbmc}" trace "$out/result.json" --format ktap
"${TLBMC:-tlbmc}" trace "$out/result.json" --format html -o "$out/result.html"
exit "$status"
