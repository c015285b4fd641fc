// Four numbers rounded to float16, on devices with shader-f16.
fn halves_of(x: vec4f) -> vec2u {
	let infinite = (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) >= vec4u(0x7f800000u); // or NaN
	return bitcast<vec2u>(vec4h(select(clamp(x, vec4f(-HALF_MAX), vec4f(HALF_MAX)), x, infinite)));
}
