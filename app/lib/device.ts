// What a graphics adapter is called: by its driver's description where there is one, else by vendor and architecture.
import type { DeviceInfo } from "../../src/engine/api.ts";

type Told = Pick<DeviceInfo, "vendor" | "architecture" | "description">;

/** As their makers write them; WebGPU gives lower case. */
const NAMES: Readonly<Record<string, string>> = {
	amd: "AMD",
	apple: "Apple",
	arm: "Arm",
	google: "Google",
	intel: "Intel",
	nvidia: "NVIDIA",
	qualcomm: "Qualcomm",
	swiftshader: "SwiftShader",
};
const named = (word: string): string => NAMES[word] ?? word;
const MOST = 32;

/** The whole of it: "SwiftShader", "NVIDIA ampere", "llvmpipe (LLVM 15.0.6, 256 bits)". */
export function deviceName({ vendor, architecture, description }: Told): string {
	if (description !== "") return description;
	// A software adapter's vendor says nothing: Google's is SwiftShader.
	const words = architecture === "swiftshader" ? [architecture] : [vendor, architecture];
	return (
		words
			.filter((word) => word !== "")
			.map(named)
			.join(" ") || "WebGPU"
	);
}

/** The part that a person knows their card by. */
export function shortDevice(told: Told): string {
	const name = deviceName(told).replace(/\(.*$/, "").trim();
	return name.length > MOST ? `${name.slice(0, MOST - 1)}…` : name;
}
