// Subgroup matrices of a device that has them.
alias Left = subgroup_matrix_left<ELEMENT, MATRIX_K, MATRIX_M>;
alias Right = subgroup_matrix_right<ELEMENT, MATRIX_N, MATRIX_K>;
alias Sums = subgroup_matrix_result<f32, MATRIX_N, MATRIX_M>;

// For the emulation in tests, which needs the thread's place in its subgroup.
fn begin_matrices(lane: u32) {}

fn load_left(at: u32) -> Left {
	return subgroupMatrixLoad<Left, col_major>(&shared_elements, at, TILE_I);
}

fn load_right(at: u32) -> Right {
	return subgroupMatrixLoad<Right, row_major>(&shared_elements, at, TILE_J);
}

fn multiply_add(left: Left, right: Right, sums: Sums) -> Sums {
	return subgroupMatrixMultiplyAccumulate(left, right, sums);
}

fn store_sums(at: u32, sums: Sums) {
	subgroupMatrixStore<row_major>(&shared_sums, at, sums, TILE_J);
}
