// The rooms of the code base: what each is for and which others it may import. ARCHITECTURE.md tells the story,
// layers.mjs enforces it. To add a room: give it a line here, above the rooms it stands on.

const CONTRACTS = ["shared", "contracts"];
const GPU = [...CONTRACTS, "device"];
const KERNELS = [...GPU, "kernels"];
const GRAPH = [...KERNELS, "graph"];
const EXECUTOR = [...GRAPH, "executor"];
const LEAVES = ["formats", "data", "persistence", "hub"];
const FAMILIES = [...EXECUTOR, "models", "adapters", "formats"];
const TRAIN = [...FAMILIES, "analysis", "train", "data", "persistence"];
const DOORS = [...TRAIN, "hub"];
const EVERYTHING = [...DOORS, "shaders", "worker", "package", "cli", "app", "standalone", "tools"];

/**
 * @typedef {object} Room
 * @property {string} name
 * @property {RegExp} path which files live here; the first room that matches has the file
 * @property {readonly string[]} may rooms it may import, besides itself
 * @property {string} holds what belongs here, for the message
 * @property {RegExp} [packages] packages it may import; any, when absent
 */

// What runs in the tab may use neither Node nor React: the engine also runs in a worker and in the command.
const PORTABLE = /^(?!node:|react|zustand|uplot|comlink|webgpu)/;

/** @type {readonly Room[]} */
export const ROOMS = [
	{
		name: "tools",
		path: /^(e2e|bench|fixtures|scripts)\/|^[^/]+\.ts$/,
		may: EVERYTHING,
		holds: "tests, benches and the build",
	},
	{
		name: "app",
		path: /^app\//,
		may: ["shared"],
		packages: /^(?!node:|comlink|webgpu|@huggingface)/,
		holds:
			"React: what a person sees. It knows src/shared and the types of src/engine/api.ts, nothing else of src/; what it needs done belongs behind EngineApi, in src/worker",
	},
	{
		name: "standalone",
		path: /^standalone\//,
		may: ["shared"],
		packages: /^comlink$/,
		holds:
			"the stand-alone file's page, in plain DOM. It knows src/shared and the types of src/engine/api.ts, nothing else of src/",
	},
	{
		name: "worker",
		path: /^src\/worker\//,
		may: DOORS,
		packages: /^(?!node:|react|zustand|uplot|webgpu)/,
		holds: "the engine behind Comlink; what the command needs too belongs in src/engine",
	},
	{
		name: "package",
		path: /^src\/package\//,
		may: [...CONTRACTS, "device", "train", "worker"],
		holds: "the engine as a package for other pages and for Node: doors alone, what they open belongs in src/worker",
	},
	{
		name: "cli",
		path: /^src\/cli\//,
		may: [...DOORS, "tools"],
		packages: /^(?!react|zustand|uplot|comlink)/,
		holds: "the engine behind argv; what the page needs too belongs in src/engine",
	},
	{
		name: "train",
		path: /^src\/engine\/train\//,
		may: TRAIN,
		packages: PORTABLE,
		holds:
			"optimiser, schedule, run, evaluation and generation; what is about argv, a page or a file belongs in src/cli or src/worker",
	},
	{
		name: "analysis",
		path: /^src\/engine\/analysis\//,
		may: [...CONTRACTS, "models", "adapters", "formats"],
		packages: PORTABLE,
		holds:
			"the mathematics of trained adapters: spectra, truncation, overlap, blends; what runs a model belongs in src/engine/train",
	},
	...["models", "adapters"].map((name) => ({
		name,
		path: new RegExp(`^src/engine/${name}/`),
		may: FAMILIES,
		packages: PORTABLE,
		holds: "names and shapes of model families and PEFT's rules; what decides about a run belongs in src/engine/train",
	})),
	{
		name: "executor",
		path: /^src\/engine\/executor\//,
		may: EXECUTOR,
		packages: PORTABLE,
		holds: "a graph made into buffers and dispatches; what knows a model's names belongs in src/engine/models",
	},
	{
		name: "graph",
		path: /^src\/engine\/graph\//,
		may: GRAPH,
		packages: PORTABLE,
		holds:
			"nodes, shapes, gradients, passes and the reference executor; what submits work belongs in src/engine/executor, what reads a file in src/engine/formats",
	},
	{
		name: "kernels",
		path: /^src\/engine\/kernels\//,
		may: [...KERNELS, "shaders"],
		packages: PORTABLE,
		holds: "pipeline variants and tile choice of the shaders; what knows nodes belongs in src/engine/graph",
	},
	{
		name: "device",
		path: /^src\/engine\/device\//,
		may: GPU,
		packages: /^(?!node:|react|zustand|uplot|comlink)/,
		holds: "adapter, limits, buffers, submits and timing; what knows a shader belongs in src/engine/kernels",
	},
	{ name: "shaders", path: /^src\/shaders\//, may: [], holds: "WGSL, read by src/engine/kernels alone" },
	...LEAVES.map((name) => ({
		name,
		path: new RegExp(`^src/engine/${name}/`),
		may: CONTRACTS,
		packages: PORTABLE,
		holds:
			"bytes, rows and where they come from, a leaf: it may import src/shared, api.ts and random.ts. What joins it with another room belongs in src/engine/train, src/worker or src/cli",
	})),
	{
		name: "contracts",
		path: /^src\/engine\/[^/]+\.ts$/,
		may: ["shared"],
		packages: PORTABLE,
		holds: "what every room may know: the API's types and random numbers. It imports src/shared only",
	},
	{
		name: "shared",
		path: /^src\/shared\//,
		may: [],
		packages: PORTABLE,
		holds:
			"values and types that the page and the engine share: settings, messages, formatting. It imports no other room",
	},
];

/**
 * @param {string} path relative to the repository, with slashes
 * @returns {Room | null}
 */
export function roomOf(path) {
	return ROOMS.find((room) => room.path.test(path)) ?? null;
}
