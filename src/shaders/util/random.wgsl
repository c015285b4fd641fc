// Random numbers as a pure function of (seed, purpose, step, element): the same as src/engine/random.ts, which
// explains the design and its source. An include of kernels that draw numbers; it declares no bindings.

// lowbias32 (C. Wellons, hash-prospector): a bijection of 32 bits.
fn random_mix(value: u32) -> u32 {
	var x = value;
	x = (x ^ (x >> 16u)) * 0x21f0aaadu;
	x = (x ^ (x >> 15u)) * 0xd35a2d97u;
	return x ^ (x >> 15u);
}

// The part that does not depend on the element; kernels that draw many numbers compute it once.
fn random_key(seed: u32, purpose: u32, step: u32) -> vec2<u32> {
	let key = random_mix(random_mix(random_mix(seed + 0x9e3779b9u) ^ purpose) ^ step);
	return vec2(key, random_mix(~key));
}

fn random_at(key: vec2<u32>, element: u32) -> u32 {
	return random_mix(random_mix(element ^ key.x) + key.y);
}

fn random_u32(seed: u32, purpose: u32, step: u32, element: u32) -> u32 {
	return random_at(random_key(seed, purpose, step), element);
}

// [0, 1) in steps of 2^-24: exact in f32.
fn uniform01(u: u32) -> f32 {
	return f32(u >> 8u) * 0x1p-24f;
}
