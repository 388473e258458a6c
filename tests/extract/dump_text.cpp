#include "extract/dump_text.h"

#include <fmt/format.h>

namespace tlbmc::test {

std::string gimple_function(const std::string& name, const std::vector<std::string>& statements) {
  const bool branches = !statements.empty() && statements.back().starts_with("if (");
  std::string text = fmt::format(
      "\n;; Function {0} ({0}, funcdef_no=1, decl_uid=2, cgraph_uid=3, symbol_order=4)\n\n"
      "void {0} (struct mm_struct * mm, long unsigned int addr, struct pte_t * ptep, struct pte_t "
      "pte, "
      "struct pmd_t * pmdp, struct spinlock_t * ptl, struct spinlock_t * new_ptl, "
      "struct pte_t * new_pte, struct pmd_t * new_pmd, struct pud_t * new_pud, "
      "struct mm_struct * dst_mm, struct pte_t * dst_pte, struct pmd_t * dst_pmd, "
      "struct pud_t * pudp, struct mmu_gather * tlb)\n{{\n"
      "  long long unsigned int _11;\n  long long unsigned int _12;\n  pteval_t * slot;\n\n"
      ";;   basic block 2, loop depth 0\n;;    pred:       ENTRY\n;;   starting at line 10\n",
      name);
  for (const std::string& statement : statements)
    text += "  [/tree/mm/example.c:10:3] " + statement + "\n";
  if (branches) {
    text +=
        "    goto <bb 3>; [INV]\n  else\n    goto <bb 4>; [INV]\n;;    succ:       3\n;;           "
        "     4\n\n"
        ";;   basic block 3, loop depth 0\n;;    pred:       2\n;;   starting at line 11\n"
        ";;    succ:       4\n\n"
        ";;   basic block 4, loop depth 0\n;;    pred:       2\n;;                3\n"
        ";;   starting at line 12\n";
  }
  return text + "  [/tree/mm/example.c:12:1] return;\n;;    succ:       EXIT\n\n}\n\n\n";
}

const std::string& sample_dump() {
  static const std::string text = R"~(
;; Function choose (choose, funcdef_no=1, decl_uid=2001, cgraph_uid=2, symbol_order=1)

__attribute__((no_instrument_function, unused, gnu_inline))
int choose (int k, long unsigned int x, int (*<T361>) (int) cb)
{
  int _4;
  int _8;
  int _9;
  _Bool _1;

;;   basic block 2, loop depth 0
;;    pred:       ENTRY
;;   starting at line 7
  [a.c:7:41] switch (k_5(D)) <[a.c:7:108] default: <L7> [INV], [a.c:7:54] case 1: <L0> [INV], [a.c:7:72] case 3 ... 7: <L1> [INV], [a.c:7:86] case 9: <L1> [INV]>
;;    succ:       5
;;                3
;;                4

;;   basic block 3, loop depth 0
;;    pred:       2
;;   starting at line 7
[a.c:7:54] <L0>:
  [a.c:7:69] _8 = 2;
  [a.c:7:69] goto <bb 6>; [INV]
;;    succ:       6

;;   basic block 4, loop depth 0
;;    pred:       2
;;   starting at line 7
[a.c:7:72] <L1>:
  [a.c:7:103] _1 = x_6(D) > 4;
  [a.c:7:103] _9 = (int) _1;
;;    succ:       6

;;   basic block 5, loop depth 0
;;    pred:       2
;;   starting at line 8
[a.c:7:108] <L7>:
  [a.c:8:1] // predicted unlikely by goto predictor.
  [a.c:8:10] __asm__ __volatile__ goto("jmp %l1; .pushsection x,"aw"
.previous" :  : "key" "i" 3, "i" [a.c:8:10] "a \"name\"" :  : "out" out);
;;    succ:       6
;;                7

;;   basic block 6, loop depth 0
;;    pred:       3
;;                4
;;                5
;;   starting at line -1
  # _4 = PHI <[a.c:7:69] _8(3), [a.c:7:103] _9(4), 0(5)>
  return _4;
;;    succ:       EXIT

;;   basic block 7, loop depth 0
;;    pred:       5
;;   starting at line 9
[a.c:9:1] out:
  [a.c:9:3] __builtin_unreachable ();
;;    succ:      

}



;; Function raise (raise, funcdef_no=2, decl_uid=2014, cgraph_uid=3, symbol_order=2)

int raise (struct vm * v, long unsigned int addr, struct pte_t * ptep, struct pte_t entry)
{
  int i;
  struct range r;
  struct pte_t old;
  struct 
  {
    pteval_t pte;
  } D.2036;
  long unsigned int _3;
  long unsigned int _4;
  long unsigned int _5;
  pteval_t * slot;
  pteval_t _11;

;;   basic block 2, loop depth 0
;;    pred:       ENTRY
;;   starting at line 10
  [a.c:10:16] [a.c:10:12] r.start = addr_1(D);
  [a.c:10:57] _3 = addr_1(D) + 4096;
  [a.c:10:16] r.end = _3;
  [a.c:10:30] old ={v} [a.c:10:30] MEM[(const volatile struct pte_t *)ptep_2(D)];
  [a.c:11:3] goto <bb 4>; [INV]
;;    succ:       4

;;   basic block 3, loop depth 1
;;    pred:       4
;;   starting at line 12
  [a.c:12:5] __asm__ __volatile__("dsb ishst" :  :  : "memory");
  [a.c:12:6] _4 = [a.c:12:6] BIT_FIELD_REF <[a.c:12:9] *v_7(D), 64, 256>;
  [a.c:12:7] _5 = MIN_EXPR <_4, 31>;
  [a.c:12:8] D.2036 = pte_mkdirty (entry);
  [a.c:12:9] entry = D.2036;
  [a.c:12:28] i_33 = i_16 + 1;
;;    succ:       4

;;   basic block 4, loop depth 1
;;    pred:       2
;;                3
;;   starting at line 13
  # i_16 = PHI <0(2), [a.c:12:28] i_33(3)>
  [a.c:13:21] if (i_16 <= 9)
    goto <bb 3>; [INV]
  else
    goto <bb 5>; [INV]
;;    succ:       3
;;                5

;;   basic block 5, loop depth 0
;;    pred:       4
;;   starting at line 14
  [a.c:14:12] slot_10 = [a.c:14:12] &[a.c:14:12] ptep_2(D)->pte;
  [a.c:14:13] _11 = [a.c:14:13] entry.pte;
  [a.c:14:14] __cmpxchg (slot_10, 0, _11, 8);
  [a.c:15:3] ext ([a.c:15:3] &r, [a.c:15:11] "a \"quoted; { }\" string\n", -1, 18446744073709547520);
  r ={v} {CLOBBER(eol)};
  [a.c:16:3] return 1;
;;    succ:       EXIT

}


)~";
  return text;
}

}  // namespace tlbmc::test
