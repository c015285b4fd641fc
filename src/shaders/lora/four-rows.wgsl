// Four rows of a matrix at one vec4 of columns; rows past the live ones repeat the last one and are not stored.
fn four_rows(row: u32, live: u32) -> vec4<u32> {
	return min(vec4(row) + vec4(0u, 1u, 2u, 3u), vec4(live - 1u));
}
