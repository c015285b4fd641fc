// Start of the attention kernels that work in blocks: a workgroup stages rows of queries and keys in workgroup memory, a slice
// of the columns at a time. One vec4 is four neighbouring columns of a head. Rows are padded by a vec4, so that the lanes of a
// wave read different banks.
// Constants: QUERIES × KEYS is a block, COLUMNS = head_dim / 4, SLICES slices of SLICE columns cover them.
struct Params {
	tokens: u32,
	heads: u32,
	group: u32, // heads that share a key head
	scale: f32,
	window: u32, // keys that a query looks back over, including its own
	once: u32, // 1: loop bounds contain it, so that compilers do not unroll the loops, which takes software adapters minutes
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> q: array<vec4f>; // [T, heads, COLUMNS]
@group(0) @binding(3) var<storage, read> k: array<vec4f>; // [S, heads / group, COLUMNS]; S = T in training
@group(0) @binding(4) var<storage, read> v: array<vec4f>; // as k

const STRIDE = SLICE + 1u;
const QUERY_GROUPS = QUERIES / 4u;
const KEY_GROUPS = KEYS / 4u;
const LOWEST: f32 = -3.0e38;

// Whether a slice has column c: the last one may have fewer.
fn has_column(slice: u32, c: u32) -> bool {
	return c < SLICE && (SLICES * SLICE == COLUMNS || slice * SLICE + c < COLUMNS);
}

// Element i of a staged slice, in order of rows: its offset in workgroup memory.
fn staged(i: u32) -> u32 {
	return i / SLICE * STRIDE + i % SLICE;
}

// The offset in memory of element i of a slice of the rows first … end - 1 of a head; rows past the end repeat the last one.
fn stored(i: u32, first: u32, end: u32, heads: u32, head: u32, slice: u32) -> u32 {
	let column = min(slice * SLICE + i % SLICE, COLUMNS - 1u);
	return (min(first + i / SLICE, end - 1u) * heads + head) * COLUMNS + column;
}

// Zero past the last column.
fn in_head(i: u32, slice: u32, value: vec4f) -> vec4f {
	return select(vec4f(), value, slice * SLICE + i % SLICE < COLUMNS);
}
