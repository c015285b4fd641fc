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
