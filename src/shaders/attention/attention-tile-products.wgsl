// The products of a tile in both gradients: s = query · key and dp = dout · value for each pair, without scale or mask.
// kernels/attention.ts puts these lines in place of `tile_products();`. query, key: offsets of the rows.
		var s: array<f32, QUERIES * KEYS>; // registers
		var dp: array<f32, QUERIES * KEYS>; // registers
		for (var n = 0u; n < QUERIES * KEYS; n++) { // unrolled
			s[n] = 0.0;
			dp[n] = 0.0;
		}
		for (var d = 0u; d < dim; d++) {
			var x: array<f32, QUERIES>; // registers
			var y: array<f32, KEYS>; // registers
			var dx: array<f32, QUERIES>; // registers
			var z: array<f32, KEYS>; // registers
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				x[i] = q[query[i] + d];
				dx[i] = dout[query[i] + d];
			}
			for (var j = 0u; j < KEYS; j++) { // unrolled
				y[j] = k[key[j] + d];
				z[j] = v[key[j] + d];
			}
			for (var i = 0u; i < QUERIES; i++) { // unrolled
				for (var j = 0u; j < KEYS; j++) { // unrolled
					s[i * KEYS + j] = fma(x[i], y[j], s[i * KEYS + j]);
					dp[i * KEYS + j] = fma(dx[i], z[j], dp[i * KEYS + j]);
				}
			}
		}
