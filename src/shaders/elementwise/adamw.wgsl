// One AdamW step in place, as torch.optim.AdamW (decoupled decay, arXiv 1711.05101), with the gradient clipped as by
// torch.nn.utils.clip_grad_norm_. If the loss or the norm is not finite, nothing changes: the step is skipped.
// parameters, gradients, exp_avg, exp_avg_sq: [1, width]; metrics: [loss sum, gradient norm, .] (f32 bits)
// one_minus_beta1 and one_minus_beta2 are computed on the host, because 1 - 0.999 loses most digits in f32. max_grad_norm 0: no clipping.
@group(0) @binding(2) var<storage, read> gradients: array<Elem>;
@group(0) @binding(3) var<storage, read> metrics: array<u32>;
@group(0) @binding(4) var<storage, read_write> parameters: array<Elem>;
@group(0) @binding(5) var<storage, read_write> exp_avg: array<Elem>;
@group(0) @binding(6) var<storage, read_write> exp_avg_sq: array<Elem>;

fn setup() {
	if (!is_finite(metrics[0]) || !is_finite(metrics[1])) {
		return;
	}
	var clip = 1.0;
	if (params.max_grad_norm > 0.0) {
		clip = min(1.0, params.max_grad_norm / (bitcast<f32>(metrics[1]) + 1e-6));
	}
	let learning_rate = step.learning_rate * params.lr_scale;
	let keep = 1.0 - learning_rate * params.weight_decay;
	let rate = learning_rate / step.bias_correction1;
	let root = sqrt(step.bias_correction2);
}

fn element(i: u32) {
	let g = gradients[i] * clip;
	let m = params.beta1 * exp_avg[i] + params.one_minus_beta1 * g;
	let v = params.beta2 * exp_avg_sq[i] + params.one_minus_beta2 * g * g;
	parameters[i] = parameters[i] * keep - rate * m / (sqrt(v) / root + params.eps);
	exp_avg[i] = m;
	exp_avg_sq[i] = v;
}
