// One AdamW step in place, as torch.optim.AdamW (decoupled decay, arXiv 1711.05101), with the gradient clipped as
// torch.nn.utils.clip_grad_norm_. When the loss or the norm is not finite nothing changes: the step is skipped.
// parameters, gradients, exp_avg, exp_avg_sq: [count]; metrics: [loss sum, gradient norm, .] (f32 bits)
struct Params {
	count: u32,
	beta1: f32,
	beta2: f32,
	one_minus_beta1: f32, // from the host: 1 - 0.999 has few digits left in f32
	one_minus_beta2: f32,
	eps: f32,
	weight_decay: f32,
	max_grad_norm: f32, // 0: no clipping
}
@group(0) @binding(1) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> gradients: array<f32>;
@group(0) @binding(3) var<storage, read> metrics: array<u32>;
@group(0) @binding(4) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(5) var<storage, read_write> exp_avg: array<f32>;
@group(0) @binding(6) var<storage, read_write> exp_avg_sq: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
	let i = id.y * groups.x * 64u + id.x;
	if (i >= params.count || !is_finite(metrics[0]) || !is_finite(metrics[1])) {
		return;
	}
	var clip = 1.0;
	if (params.max_grad_norm > 0.0) {
		clip = min(1.0, params.max_grad_norm / (bitcast<f32>(metrics[1]) + 1e-6));
	}
	let g = gradients[i] * clip;
	let m = params.beta1 * exp_avg[i] + params.one_minus_beta1 * g;
	let v = params.beta2 * exp_avg_sq[i] + params.one_minus_beta2 * g * g;
	let denominator = sqrt(v) / sqrt(step.bias_correction2) + params.eps;
	let decayed = parameters[i] * (1.0 - step.learning_rate * params.weight_decay);
	parameters[i] = decayed - step.learning_rate / step.bias_correction1 * m / denominator;
	exp_avg[i] = m;
	exp_avg_sq[i] = v;
}
