#!/usr/bin/env bash
# tlbmc-extract --patch and --diff, on a tree as small as can be: what a patch changes in the placement,
# what it proves and breaks, and what is refused. The tree and its dumps stay as they are.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

for program in x86_64-linux-gnu-gcc make patch; do
  command -v "$program" > /dev/null || skip "$program is not installed"
done
data=$source_tree/tests/data/extract
cp -r "$data/tree" "$scratch/tree"
bin=$(dirname "$tlbmc")
sed '/"gone"/d; s/"optional": true},/"optional": true}/' "$data/tree-entries.json" > "$scratch/entries.json"

# change FILE SED...: a patch that edits one file of the tree, in $scratch/patch.
change() {
  local file=$1
  shift
  rm -rf "$scratch/a" "$scratch/b"
  mkdir -p "$scratch"/{a,b}/"$(dirname "$file")"
  cp "$scratch/tree/$file" "$scratch/a/$file"
  sed "$@" "$scratch/a/$file" > "$scratch/b/$file"
  (cd "$scratch" && diff -u "a/$file" "b/$file") > "$scratch/patch" || true
}
extract() {
  "$bin/tlbmc-extract" --tree "$scratch/tree" --arch x86 --build "$scratch/build" --reuse \
    --entries "$scratch/entries.json" "$@"
}
# differs STATUS ARGUMENT...: --diff; what it says is in $scratch/out.
differs() {
  local expected=$1 status=0
  shift
  extract --property no-stale-writable --diff "$@" > "$scratch/out" 2> "$scratch/said" || status=$?
  [[ $status == "$expected" ]] || fail "status $status, expected $expected: $(cat "$scratch/out" "$scratch/said")"
}
says() { grep -Eq -- "$1" "$scratch/out" || fail "no /$1/ in: $(cat "$scratch/out")"; }
silent() { ! grep -Eq -- "$1" "$scratch/out" || fail "/$1/ in: $(cat "$scratch/out")"; }
refuses() {
  differs 2 "$scratch/patch"
  grep -Eq -- "$1" "$scratch/said" || fail "no /$1/ in: $(cat "$scratch/said")"
}

mkdir "$scratch/tree/mm/sub"
echo '#define LIMIT 1' > "$scratch/tree/mm/limits.h"
echo '#include "../limits.h"' > "$scratch/tree/mm/sub/limits.h"
sed -i '0,/^$/s|^$|#include "sub/limits.h"|' "$scratch/tree/mm/memory.c"

extract -o "$scratch/before.json" 2> "$scratch/said" || fail "$(cat "$scratch/said")"
state() { (cd "$scratch" && find tree build -type f ! -name placement.json ! -name 'tlbmc-diff-*' -exec sha256sum {} + | sort); }
state > "$scratch/before"

# The flush tells the IOMMU too: what nobody told before holds.
tell='s/^\tflush_tlb_multi.*/&\n\tmmu_notifier_invalidate_range(vmf->vma->vm_mm, vmf->address, vmf->address + 4096);/'
change mm/memory.c "$tell"
cp "$scratch/patch" "$scratch/tell.patch"
differs 0 "$scratch/patch"
says '^zap\(\) changed$'
says '^  \+ notify secondary, range range \(mm/memory.c:40\)$'
says '^2 operations are touched:$'
says '^  quiet: zap$'
says '^quiet +violated -> proved$'
silent '^look'
# A header that memory.c reads.
change include/linux/mmu_notifier.h '$a #define mmu_notifier_invalidate_range(mm, start, end) ((void)(mm))'
differs 10 "$scratch/patch"
grep -q '^compiled with the patch: mm/memory.c$' "$scratch/said" || fail "said: $(cat "$scratch/said")"
says '^  - notify secondary, range range \(mm/memory.c:53\)$'
says '^loud +proved -> VIOLATED$'
# A call that goes breaks what it held.
change mm/memory.c '/^void loud/,/^}/{/mmu_notifier/d}'
differs 10 "$scratch/patch"
says '^loud\(\) changed$'
says '^  - notify secondary, range range \(mm/memory.c:[0-9]+\)$'
says '^loud +proved -> VIOLATED$'
silent '^quiet'
# Lines that only move, and a file that is not read.
change mm/memory.c '1i /* Another line. */'
differs 0 "$scratch/patch"
says '^the placement stays the same$'
printf -- '--- /dev/null\n+++ b/mm/more.c\n@@ -0,0 +1 @@\n+int more;\n' > "$scratch/patch"
differs 0 "$scratch/patch"
grep -q '^compiled with the patch: nothing' "$scratch/said" || fail "said: $(cat "$scratch/said")"

# The old tree instead of a patch.
cp -r "$scratch/tree" "$scratch/old"
sed -i "$tell" "$scratch/old/mm/memory.c"
differs 10 "$scratch/old"
says '^  - notify secondary, range range \(mm/memory.c:40\)$'
says '^quiet +proved -> VIOLATED$'

# The table of a patched tree.
TLBMC_BIN=$bin TLBMC_KERNELS=$scratch/kernels TREE=$scratch/tree ENTRIES=$scratch/entries.json \
  PROPERTY=no-stale-writable "$source_tree/tools/kernel-check" 6.1 x86 --control --patch "$scratch/tell.patch" \
  > "$scratch/out" 2> "$scratch/said" || fail "kernel-check --patch: $(cat "$scratch/out" "$scratch/said")"
says '^quiet +proved .*control: flips$'
says 'package none, the tree .*, with .*tell.patch$'

# A build behind a link stays as it is, too.
ln -s build "$scratch/linked"
"$bin/tlbmc-extract" --tree "$scratch/tree" --arch x86 --build "$scratch/linked" --entries "$scratch/entries.json" --ready \
  --patch "$scratch/tell.patch" -o "$scratch/linked.json" 2> "$scratch/said" || fail "$(cat "$scratch/said")"
[[ -d $scratch/linked-patched && ! -L $scratch/linked-patched ]] || fail "the copy of a linked build is a link"

# A notifier call for the next page: only addresses show it.
change mm/memory.c '/^void loud/,/^}/s/vmf->address, vmf->address + 4096/vmf->address + 4096, vmf->address + 8192/'
# next_page STATUS ARGUMENT...: the table of the patched tree, for this entry.
next_page() {
  local expected=$1 status=0
  shift
  TLBMC_BIN=$bin TLBMC_KERNELS=$scratch/kernels TREE=$scratch/tree ENTRIES=$scratch/entries.json PROPERTY=no-stale-writable \
    "$source_tree/tools/kernel-check" 6.1 x86 --patch "$scratch/patch" "$@" loud > "$scratch/out" 2> "$scratch/said" ||
    status=$?
  [[ $status == "$expected" ]] || fail "kernel-check $*: status $status: $(cat "$scratch/out" "$scratch/said")"
}
next_page 0
next_page 10 --ranges
says '^loud +proved .* ranges: VIOLATED: T1 loud changed the PTE'

change mm/memory.c 's/^\tflush_tlb_multi.*/\tnonsense(;/'
refuses 'memory.o.log: mm/memory.c does not compile'
change Makefile 's/SUBLEVEL = 0/SUBLEVEL = 1/'
refuses 'Makefile is neither C nor a header'
change mm/memory.c "$tell"
sed -i 's/^ .*native_ptep/ another_ptep/' "$scratch/patch"
refuses 'does not apply to '
sed -i 's|b/mm/memory.c|b/../memory.c|' "$scratch/patch"
refuses 'patch: line 2: ../memory.c is not in the tree'
echo nothing > "$scratch/patch"
refuses 'names no file'
# A file behind a link leads by ".." to the old text.
change mm/limits.h 's/1/2/'
refuses 'mm/memory.c: reads .*/tree/mm/limits.h, which is not patched'
state > "$scratch/after"
diff "$scratch/before" "$scratch/after" > "$scratch/said" || fail "changed: $(cat "$scratch/said")"
