struct mm_struct;

void mmu_notifier_invalidate_range(struct mm_struct *mm, unsigned long start, unsigned long end);
