// The types in which a merged model is written as GGUF: dtypes of PyTorch, and quantised file types by llama.cpp's names in lower
// case. models/gguf/file-types.ts has the type of each tensor.
export const GGUF_DTYPES = [
	"q4_0",
	"q4_k_s",
	"q4_k_m",
	"q5_0",
	"q5_1",
	"q5_k_s",
	"q5_k_m",
	"q6_k",
	"q8_0",
	"float16",
	"bfloat16",
	"float32",
] as const;
export type GgufDType = (typeof GGUF_DTYPES)[number];
