import { expect, test } from "vitest";
import { deviceName, shortDevice } from "./device-name.ts";

test("the name of a WebGPU adapter is its description, or vendor and architecture, or WebGPU", () => {
	expect(deviceName({ vendor: "google", architecture: "swiftshader", description: "" })).toBe("SwiftShader");
	expect(deviceName({ vendor: "nvidia", architecture: "ampere", description: "" })).toBe("NVIDIA ampere");
	expect(deviceName({ vendor: "nvidia", architecture: "ampere", description: "GeForce RTX 3060" })).toBe(
		"GeForce RTX 3060",
	);
	expect(deviceName({ vendor: "", architecture: "", description: "" })).toBe("WebGPU");
});

test("the short name omits parentheses and is truncated", () => {
	const llvmpipe = { vendor: "mesa", architecture: "", description: "llvmpipe (LLVM 15.0.6, 256 bits)" };
	expect(shortDevice(llvmpipe)).toBe("llvmpipe");
	expect(shortDevice({ ...llvmpipe, description: "x".repeat(40) })).toBe(`${"x".repeat(31)}…`);
});
