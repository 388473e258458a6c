struct mmu_gather {
	unsigned int fullmm : 1;
	unsigned int freed_tables : 1;
};
