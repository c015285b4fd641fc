// Four numbers rounded to float16, on devices without shader-f16.
fn halves_of(x: vec4f) -> vec2u {
	return vec2u(pack2x16float(vec2f(half_of(x.x), half_of(x.y))), pack2x16float(vec2f(half_of(x.z), half_of(x.w))));
}
