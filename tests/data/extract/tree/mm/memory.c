/* PTEs that are cleared, in the shape of Linux 6.1 on x86. */
#include <linux/mmu_notifier.h>

typedef struct {
	unsigned long pte;
} pte_t;

struct mm_struct;

struct vm_area_struct {
	struct mm_struct *vm_mm;
};

typedef struct {
	int locked;
} spinlock_t;

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long address;
	pte_t *pte;
	spinlock_t *ptl;
};

void spin_unlock(spinlock_t *lock);
void flush_tlb_multi(unsigned long start, unsigned long end);

static inline pte_t native_ptep_get_and_clear(pte_t *ptep)
{
	pte_t pte = *(volatile pte_t *)ptep;

	*(volatile pte_t *)ptep = (pte_t){0};
	return pte;
}

static void zap(struct vm_fault *vmf)
{
	native_ptep_get_and_clear(vmf->pte);
	flush_tlb_multi(vmf->address, vmf->address + 4096);
}

/* Nobody tells the IOMMU. */
void quiet(struct vm_fault *vmf)
{
	zap(vmf);
	spin_unlock(vmf->ptl);
}

/* Here it is told. */
void loud(struct vm_fault *vmf)
{
	zap(vmf);
	mmu_notifier_invalidate_range(vmf->vma->vm_mm, vmf->address, vmf->address + 4096);
	spin_unlock(vmf->ptl);
}

/* No PTE is changed. */
void look(struct vm_fault *vmf)
{
	mmu_notifier_invalidate_range(vmf->vma->vm_mm, vmf->address, vmf->address + 4096);
	spin_unlock(vmf->ptl);
}

unsigned long somewhere(void);

/* It is told of an address that is not followed. */
void lost(struct vm_fault *vmf)
{
	unsigned long address = somewhere();

	zap(vmf);
	mmu_notifier_invalidate_range(vmf->vma->vm_mm, address, address + 4096);
	spin_unlock(vmf->ptl);
}

/* So it is too early, and afterwards of the next page. */
void next(struct vm_fault *vmf)
{
	unsigned long address = somewhere();

	mmu_notifier_invalidate_range(vmf->vma->vm_mm, address, address + 4096);
	zap(vmf);
	mmu_notifier_invalidate_range(vmf->vma->vm_mm, vmf->address + 4096, vmf->address + 8192);
	spin_unlock(vmf->ptl);
}
