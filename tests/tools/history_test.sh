#!/usr/bin/env bash
# The bugs of cases/suites/history.json that the documentation names, one by one with `verify`: the bug
# is violated, its trace is replayed, and the last line says what the suite gives as its cause (a call
# that is missing, misplaced or of too small a range); without the bug the answer is a proof.
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v jq > /dev/null || skip "jq is not installed (apt-get install jq)"
suite=$cases/suites/history.json

# placement, machine, operation, property; the bug's variant, and the variant (and machine) without it.
rows="
upgrade  arm64-smmuv3                   write_fault          fault-progress          bad_upgrade          good_upgrade
upgrade  arm64-smmuv3                   contpte_write_fault  fault-progress          bad_contpte-gathered good_contpte-gathered
x86      x86-intel-svm                  kswapd               callable-context        bad_batch-mm         good_batch-mm
powerpc  powerpc-ocxl                   unmap_notified       no-use-after-free       bad_psize            good_psize
ranges   history/arm64-smmuv3-empty     hugetlb_write_fault  fault-progress          bad_pgsize-ncontig   good_pgsize-ncontig
ranges   history/arm64-smmuv3-empty     unmap_range          no-use-after-free       bad_f7edb07          good_f7edb07
migrate  arm64-smmuv3                   migrate_and_madvise  no-stale-writable       bad_migrate-vma      good_migrate-vma
tables   arm64-smmuv3                   munmap_tables        no-table-use-after-free bad_munmap-tables    good_munmap-tables
tables   arm64-smmuv3                   retract_page_tables  no-table-use-after-free bad_retract          good_retract
barriers history/arm64-smmuv3-atc-first unmap_and_free       atc-after-iotlb         good_flush           good_flush            arm64-smmuv3-ats
barriers history/arm64-smmuv3-atc-first unmap_and_free       no-use-after-free       good_flush           good_flush            arm64-smmuv3-ats
barriers arm64-smmuv3                   unmap_and_free       no-use-after-free       bad_first-dsb        good_first-dsb
barriers arm64-smmuv3                   unmap_and_free       no-use-after-free       bad_broadcast        good_broadcast
x86      history/x86-kva                vfree_tables         no-table-use-after-free bad_kva-none         good_kva
x86      history/x86-kva                vfree_tables         no-table-use-after-free bad_kva-late         good_kva
btm      arm64-smmuv3-btm-ats           unmap_and_free       no-use-after-free       bad_notify-after-dsb good_notify-after-dsb
"

# causes PLACEMENT MACHINE OPERATION PROPERTY VARIANT: what the suite says, a line each.
causes() {
  jq --raw-output --arg placement "../placements/history/$1.json" --arg machine "../machines/$2.json" \
    --arg operation "$3" --arg property "$4" --arg variant "$5" '
    .groups[] | select(.placement == $placement and .variant == $variant and .machines == [$machine]) |
    .violated[]? | select(.operation == $operation and .property == $property) | .cause[]' "$suite"
}

# verify PLACEMENT VARIANT MACHINE OPERATION PROPERTY: into the file "said".
verify() {
  "$tlbmc" verify "$cases/placements/history/$1.json" --variant "$2" --machine "$cases/machines/$3.json" \
    --op "$4" --property "$5" > "$scratch/said"
}

tested=0
while read -r placement machine operation property bad good other; do
  [[ -n $placement ]] || continue
  row="$placement:$bad on $machine, $operation, $property"
  status=0
  verify "$placement" "$bad" "$machine" "$operation" "$property" || status=$?
  [[ $status == 10 ]] || fail "$row: exit status $status"
  grep -q "^$property: VIOLATED .*(replayed)$" "$scratch/said" || fail "$row: not replayed"
  [[ $property != fault-progress ]] || grep -q '; again from [0-9]*, for ever' "$scratch/said" ||
    fail "$row: no lasso"
  causes "$placement" "$machine" "$operation" "$property" "$bad" > "$scratch/causes"
  [[ -s $scratch/causes ]] || fail "$row: the suite gives no cause"
  tail -1 "$scratch/said" > "$scratch/last"
  grep -q '^missed: ' "$scratch/last" || fail "$row: no last line"
  while read -r cause; do
    grep -qF -- "$cause" "$scratch/last" || fail "$row: no \"$cause\" in $(cat "$scratch/last")"
  done < "$scratch/causes"
  verify "$placement" "$good" "${other:-$machine}" "$operation" "$property" ||
    fail "$row: the repair has exit status $?"
  grep -q "^$property: PROVED for any number" "$scratch/said" || fail "$row: the repair is not proved"
  tested=$((tested + 1))
done <<< "$rows"
[[ $tested == 16 ]] || fail "only $tested rows"
