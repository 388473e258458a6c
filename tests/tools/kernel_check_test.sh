#!/usr/bin/env bash
# tools/kernel-check and tlbmc-extract on a tree as small as can be, with a makefile of its own: the table,
# its exit status, the control, and dumps that are stale.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v x86_64-linux-gnu-gcc > /dev/null || skip "x86_64-linux-gnu-gcc is not installed"
command -v make > /dev/null || skip "make is not installed"
data=$source_tree/tests/data/extract
cp -r "$data/tree" "$scratch/tree"
bin=$(dirname "$tlbmc")
entries=$data/tree-entries.json

# check STATUS ARGUMENT...: kernel-check on the tree; the table is in $scratch/table.
check() {
  local expected=$1 status=0
  shift
  TLBMC_BIN=$bin TLBMC_KERNELS=$scratch/kernels TREE=$scratch/tree ENTRIES=$entries PROPERTY=no-stale-writable \
    "$source_tree/tools/kernel-check" 6.1 x86 "$@" > "$scratch/table" 2> "$scratch/said" || status=$?
  [[ $status == "$expected" ]] || fail "kernel-check $*: status $status, expected $expected: $(cat "$scratch/said")"
}
# row PATTERN: there is such a line in the table.
row() { grep -Eq -- "$1" "$scratch/table" || fail "no line /$1/ in: $(cat "$scratch/table")"; }

check 10 --control
row '^Linux 6.1.0 DIFFERS from 6.1.192'
row '^quiet +VIOLATED +\[[0-9 -]+\] feasible: T1 quiet changed the PTE at mm/memory.c:.* IOTLB'
row '^loud +proved +\[[0-9 -]+\] control: flips$'
row '^look +proved .*control: stores no PTE'
row '^not_here +not in this kernel$'
row '^gone +MISSING: no such function$'
row '2 proved, 1 VIOLATED, 2 not in this kernel, of 5 entries'
row '^control: of 2 entries that are proved, 1 are violated'
row '^  look: stores no PTE'
row '^\[[0-9]+\] assumed: .*mm/rmap.c'
# Rows are kept, and taken as long as nothing changes.
sed -i 's/"detail": "feasible/"detail": "KEPT feasible/' "$scratch"/kernels/rows/*.json
check 10 --control
row '^quiet +VIOLATED +\[[0-9 -]+\] KEPT feasible'
check 10
row '^quiet +VIOLATED +\[[0-9 -]+\] feasible'
check 0 loud
check 2 gone
# Proved entries again, with addresses; of an address that may be any, both answers.
check 0 --ranges loud
row '^loud +proved .* ranges: followed but for words at .*mm/memory.c:[0-9]+\)$'
row '^ranges: of 1 entries that are proved, 1 followed but for words$'
# Of what was not followed, too; and with the page in all of that.
sed 's/"gone":.*/"lost": {"function": "lost", "before": [{"lock": "ptl"}]}, "next": {"function": "next", "before": [{"lock": "ptl"}]}/' \
  "$entries" > "$scratch/lost.json"
entries=$scratch/lost.json check 10 --ranges lost next
row '^lost +proved .* ranges: unknown \(.*mm/memory.c:[0-9]+\)\), with another answer VIOLATED: '
row '^next +proved .* ranges: VIOLATED, whatever is unknown \(.*mm/memory.c:[0-9]+\)\): '
sed '/"addresses"/d' "$entries" > "$scratch/any.json"
entries=$scratch/any.json check 20 --ranges loud
row '^loud +proved .* ranges: unknown \(vmf_address\), with another answer VIOLATED: T1 loud changed the PTE'
row '^ranges: of 1 entries that are proved, 1 with another answer VIOLATED$'
# Without the violated entry, the missing one decides.
sed '/"quiet"/d' "$entries" > "$scratch/entries.json"
entries=$scratch/entries.json
check 20
check 2 --no-such-option
# Beside each other too: here nothing changes; below one looks at what the other has not flushed yet.
check 20 --together
row '^together, 2 entries of level pte \(loud, look\): proved$'
cat > "$scratch/two.json" << 'END'
{"name": "two", "source": "no kernel", "driver": "linux-6.12", "routines": {}, "operations": {
  "clears": {"at": "a.c:1", "body": [{"lock": "ptl"}, {"pte": "clear"}, {"unlock": "ptl"}, {"barrier": "dsb ishst"},
    {"tlbi": "vale1is", "range": "page"}, {"barrier": "dsb ish"}, {"notify": "secondary", "range": "page"}]},
  "looks": {"at": "b.c:1", "body": [{"lock": "ptl"}, {"pte": "read"}, {"unlock": "ptl"}, {"rely": "no-access"}]}}}
END
status=0
"$source_tree/tools/extraction-table" --tlbmc "$tlbmc" --machine "$source_tree/cases/machines/arm64-smmuv3.json" --package none \
  --property no-stale-writable --together "$scratch/two.json" > "$scratch/table" || status=$?
[[ $status == 10 ]] || fail "extraction-table --together: status $status, expected 10: $(cat "$scratch/table")"
row '^2 proved, of 2 entries$'
row '^together, 2 entries of level pte \(clears, looks\): VIOLATED: T. looks relies on'

extract() {
  "$bin/tlbmc-extract" --tree "$scratch/tree" --arch x86 --build "$scratch/build" --entries "$entries" \
    --data "$scratch/data" -o "$scratch/placement.json" "$@"
}
# compiles yes|no ARGUMENT...: whether make is called, and the placement is there.
compiles() {
  local wanted=$1 found=no
  shift
  extract "$@" > /dev/null 2> "$scratch/said" || [[ $? == 20 ]] || fail "$(cat "$scratch/said")"
  ! grep -q '^compiling' "$scratch/said" || found=yes
  [[ $found == "$wanted" ]] || fail "compiled: $found, expected $wanted: $*"
}
# stale PATTERN: --ready refuses the dumps, and --reuse makes new ones.
stale() {
  local status=0
  extract --ready 2> "$scratch/said" || status=$?
  [[ $status == 2 ]] || fail "stale dumps: status $status, expected 2 and /$1/"
  grep -q "$1" "$scratch/said" || fail "said: $(cat "$scratch/said"); expected: $1"
  compiles yes --reuse
  compiles no --ready
}
cp -r "$cases/extract" "$scratch/data"
compiles yes --reuse
compiles no --reuse
compiles no --ready
echo 'CONFIG_KSM=n' >> "$scratch/data/config/common.config"
stale 'the configuration is another one'
sed -i 's|"mm/memory.c", |"mm/memory.c", "mm/more.c", |' "$scratch/data/files.json"
stale 'mm/more.c was not asked for'
touch -d '1 hour ago' "$scratch"/build/mm/memory.c.*.ssa
stale 'mm/memory.c is newer than its dump'
sed -i 's/SUBLEVEL = 0/SUBLEVEL = 7/' "$scratch/tree/Makefile"
stale 'they are of Linux 6.1.0, the tree is Linux 6.1.7'

# Another compiler: dumps that are said to be ready are taken, with a note.
mkdir "$scratch/bin"
cat > "$scratch/bin/x86_64-linux-gnu-gcc" << SH
#!/bin/sh
[ "\$1" = --version ] && echo "gcc of another make" && exit
exec $(command -v x86_64-linux-gnu-gcc) "\$@"
SH
chmod +x "$scratch/bin/x86_64-linux-gnu-gcc"
PATH=$scratch/bin:$PATH
compiles no --ready
grep -q 'of another compiler than gcc of another make' "$scratch/said" || fail "no note of the compiler"
compiles yes --reuse
compiles no --reuse
