#!/usr/bin/env bash
# The suite runner from outside: random kills and --resume, concurrent runs on one cache, shards by
# themselves and through ninja and GNU parallel on several "hosts" give what one run gives.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

suite=$source_tree/tests/suites/small.json
"$tlbmc" suite "$suite" --format json -o "$scratch/whole.json"
"$tlbmc" suite "$suite" -j 3 > "$scratch/whole.txt"
grep -q '0 unknown .* 0 wrong' "$scratch/whole.txt" || fail "the suite itself"
"$tlbmc" validate "$scratch/whole.json" --kind result

# same FILE WHAT: the report is that of the single run, byte for byte.
same() { cmp "$scratch/whole.json" "$1" || fail "$2 differs from the single run"; }

# 20 kills, each at a random moment. A run that was not killed in time begins a new journal.
kills=0
rounds=0
while ((kills < 20)); do
  ((rounds++ < 300)) || fail "only $kills kills in $rounds rounds"
  "$tlbmc" suite "$suite" -j 2 --resume "$scratch/journal" --format json -o "$scratch/killed.json" \
    2> /dev/null &
  pid=$!
  sleep "0.$(printf %03d $((RANDOM % 600)))"
  if kill -KILL "$pid" 2> /dev/null; then kills=$((kills + 1)); fi
  if wait "$pid"; then
    same "$scratch/killed.json" "the resumed run"
    rm "$scratch/journal"
  fi
done 2> /dev/null
"$tlbmc" suite "$suite" --resume "$scratch/journal" --format json -o "$scratch/resumed.json"
same "$scratch/resumed.json" "the run after $kills kills"
echo "$kills kills in $rounds rounds"

# Interrupted: what is done is reported, and the status says that it is not all.
"$tlbmc" suite "$suite" -j 1 > "$scratch/interrupted.txt" &
pid=$!
sleep 0.7
kill -INT "$pid"
status=0
wait "$pid" || status=$?
[[ $status == 20 ]] || fail "interrupted: status $status"
grep -q 'interrupted' "$scratch/interrupted.txt" || fail "interrupted, and it does not say so"

# Three runs at once on one cache; then one that has it all.
for i in 1 2 3; do
  "$tlbmc" suite "$suite" --cache "$scratch/cache" --format json -o "$scratch/c$i.json" 2> /dev/null &
done
wait
for i in 1 2 3; do same "$scratch/c$i.json" "concurrent run $i"; done
"$tlbmc" suite "$suite" --cache "$scratch/cache" --format json -o "$scratch/c4.json" 2> "$scratch/said"
same "$scratch/c4.json" "the run from the cache"
grep -q '12 from the cache' "$scratch/said" || fail "not from the cache: $(cat "$scratch/said")"

# shards FOLDER: what is in it, merged and sorted, is the whole.
check_shards() {
  "$tlbmc" suite "$suite" --merge "$1"/shard-*.json --format json -o "$1/merged.json" ||
    fail "merging $1"
  same "$1/merged.json" "$1, merged"
  sorted "$1"/shard-*.json | cmp - <(sorted "$scratch/whole.json") || fail "$1, sorted"
}
mkdir "$scratch/plain" "$scratch/ninja" "$scratch/parallel"
for i in 1 2 3 4; do
  "$tlbmc" suite "$suite" --shard "$i/4" --format json -o "$scratch/plain/shard-$i.json"
done
[[ $(status_of "$tlbmc" suite "$suite" --merge "$scratch"/plain/shard-[123].json) == 20 ]] ||
  fail "a missing shard is not noticed"
check_shards "$scratch/plain"

"$tlbmc" suite "$suite" --emit ninja --shards 4 --into "$scratch/ninja" -o "$scratch/build.ninja"
ninja -C "$scratch" -f "$scratch/build.ninja" > "$scratch/ninja.log" || fail "ninja: $(cat "$scratch/ninja.log")"
check_shards "$scratch/ninja"
cmp "$scratch/ninja/table.txt" "$scratch/whole.txt" || fail "the table that ninja made"

command -v parallel > /dev/null || skip "GNU parallel is not installed (apt-get install parallel)"
# Two hosts, each a process of its own: what parallel would call ssh for runs here instead.
cat > "$scratch/host" << 'HOST'
#!/bin/sh
while [ "${1#-}" != "$1" ]; do shift; done
name=$1
shift
[ "$1" != -- ] || shift
echo "$name" >> "$(dirname "$0")/hosts"
# sshd sets it from the user's entry; parallel's side of the host executes it, and says nothing if it
# is not there.
export SHELL=/bin/sh
exec sh -c "$*"
HOST
chmod +x "$scratch/host"
"$tlbmc" suite "$suite" --emit parallel --shards 4 --into "$scratch/parallel" |
  PARALLEL_HOME=$scratch/home parallel --will-cite --ssh "$scratch/host" \
    --sshlogin 1/first,1/second > "$scratch/parallel.log" 2>&1 ||
  fail "parallel: $(cat "$scratch/parallel.log")"
for host in first second; do
  grep -q "$host" "$scratch/hosts" || fail "parallel ran nothing on $host"
done
check_shards "$scratch/parallel"
