	// The first row and column of the subgroup's matrices, in matrices.
	let subgroup = thread / SUBGROUP;
	let matrix_i = subgroup / SUBGROUPS_J * MATRICES_I;
	let matrix_j = subgroup % SUBGROUPS_J * MATRICES_J;
	begin_matrices(thread % SUBGROUP);
	var sums: array<Sums, MATRICES_I * MATRICES_J>; // registers
