// Display names of WebGPU adapters: the driver's description if there is one, otherwise vendor and architecture.

interface DeviceNames {
	readonly vendor: string;
	readonly architecture: string;
	readonly description: string;
}

/** Capitalisation; WebGPU reports lower case. */
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

/** The full name: "SwiftShader", "NVIDIA ampere", "llvmpipe (LLVM 15.0.6, 256 bits)". */
export function deviceName({ vendor, architecture, description }: DeviceNames): string {
	if (description !== "") return description;
	// The vendor of a software adapter says little: Google's is SwiftShader.
	const words = architecture === "swiftshader" ? [architecture] : [vendor, architecture];
	return (
		words
			.filter((word) => word !== "")
			.map(named)
			.join(" ") || "WebGPU"
	);
}

/** The short name, without details in parentheses. */
export function shortDevice(device: DeviceNames): string {
	const name = deviceName(device).replace(/\(.*$/, "").trim();
	return name.length > MOST ? `${name.slice(0, MOST - 1)}…` : name;
}
