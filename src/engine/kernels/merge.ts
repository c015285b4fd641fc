// Merges independent kernel calls into one dispatch: the workgroups of each call follow those of the previous one, and a
// workgroup finds its call by its index. Calls that bind the same buffers share the code (merge-text.ts writes it).
import { type KernelCall, type KernelSpec, spread, type TensorRange } from "./kernel.ts";
import { type Part, partOf } from "./merge-parts.ts";
import { mergedText, workgroupBytes } from "./merge-text.ts";
import type { ScalarType } from "./step.ts";

/** WebGPU's default maxStorageBuffersPerShaderStage. */
const MOST_BINDINGS = 8;

/** The buffer of a tensor, by any key, and the range of the tensor in it, bytes. */
export interface Place {
	readonly buffer: string;
	readonly offset: number;
	readonly bytes: number;
}

export interface MergeLimits {
	readonly maxStorageBufferBindingSize: number;
	readonly maxComputeWorkgroupsPerDimension: number;
	readonly maxComputeWorkgroupStorageSize: number;
}

/** A binding of a merged call: one range, or the hull of the ranges in a buffer, where the kernel's parameters have their starts. */
interface Shared {
	readonly key: string;
	readonly buffer: string;
	readonly access: "read" | "read_write";
	readonly type: string;
	readonly hull: boolean;
	readonly first: TensorRange;
	readonly start: number; // bytes from the start of the buffer
	readonly end: number;
}

interface Batch {
	readonly parts: readonly {
		readonly part: Part;
		readonly call: KernelCall;
		readonly keys: readonly (string | null)[];
	}[];
	readonly bindings: ReadonlyMap<string, Shared>;
}

/**
 * Merges as many of the calls as the limits allow.
 * @param calls calls that may run at the same time: none reads or writes what another writes
 */
export function mergeCalls(
	calls: readonly KernelCall[],
	placeOf: (tensor: number) => Place,
	limits: MergeLimits,
): KernelCall[] {
	const batches: Batch[] = [];
	const alone: KernelCall[] = [];
	for (const call of calls) {
		const part = partOf(call.kernel, call.constants);
		if (part === null) {
			alone.push(call);
			continue;
		}
		let joined: Batch | null = null;
		for (let i = 0; i < batches.length && joined === null; i++) {
			joined = withCall(batches[i], part, call, placeOf, limits);
			if (joined !== null) batches[i] = joined;
		}
		if (joined === null) {
			const fresh = withCall({ parts: [], bindings: new Map() }, part, call, placeOf, limits);
			if (fresh === null) alone.push(call);
			else batches.push(fresh);
		}
	}
	return [
		...batches.map((batch) => (batch.parts.length === 1 ? batch.parts[0].call : merged(batch, placeOf, limits))),
		...alone,
	];
}

/** The batch with one more call; null if it does not fit. */
function withCall(
	{ parts, bindings }: Batch,
	part: Part,
	call: KernelCall,
	placeOf: (tensor: number) => Place,
	limits: MergeLimits,
): Batch | null {
	if (parts.length > 0 && parts[0].part.size !== part.size) return null;
	const all = new Map(bindings);
	const keys = call.bindings.map((range, i) => {
		const type = part.types[i];
		if (type === null) return null;
		const shared = sharedBinding(call.kernel, i, range, type, placeOf);
		const known = all.get(shared.key);
		all.set(shared.key, known === undefined ? shared : joinedRange(known, shared));
		return shared.key;
	});
	const bound = [...all.values()];
	const clash = bound.some((a) =>
		bound.some(
			(b) =>
				a !== b &&
				a.buffer === b.buffer &&
				(a.access !== b.access || (a.access === "read_write" && a.start < b.end && b.start < a.end)),
		),
	);
	if (clash || bound.length > MOST_BINDINGS) return null;
	if (bound.some(({ start, end }) => end - start > limits.maxStorageBufferBindingSize)) return null;
	const members = [...parts, { part, call, keys }];
	if (workgroupBytes(members.map((member) => member.part)) > limits.maxComputeWorkgroupStorageSize) return null;
	return { parts: members, bindings: all };
}

function sharedBinding(
	{ bindings, bases }: KernelSpec,
	index: number,
	range: TensorRange,
	type: string,
	placeOf: (tensor: number) => Place,
): Shared {
	const { name, access } = bindings[index];
	const { buffer, offset, bytes } = placeOf(range.tensor);
	const start = offset + (range.offset ?? 0);
	const end = range.size === undefined ? offset + bytes : start + range.size;
	const hull = bases?.[name] !== undefined;
	const key = [buffer, access, type, hull ? "" : `${start} ${end}`].join("|");
	return { key, buffer, access, type, hull, first: range, start, end };
}

function joinedRange(a: Shared, b: Shared): Shared {
	return {
		...a,
		first: b.start < a.start ? b.first : a.first,
		start: Math.min(a.start, b.start),
		end: Math.max(a.end, b.end),
	};
}

function merged({ parts, bindings }: Batch, placeOf: (tensor: number) => Place, limits: MergeLimits): KernelCall {
	const bound = [...bindings.values()];
	const order = new Map(bound.map(({ key }, i) => [key, i]));
	// Calls of one copy of the code are next to one another.
	const copies = new Map<string, (typeof parts)[number][]>();
	for (const member of parts) {
		const key = [member.part.id, ...member.keys].join();
		copies.set(key, [...(copies.get(key) ?? []), member]);
	}
	const list = [...copies.values()];
	const params: Record<string, number> = {};
	const types: Record<string, ScalarType> = {};
	const set = (name: string, type: ScalarType, value: number) => {
		params[name] = value;
		types[name] = type;
	};
	const pad = () => {
		while (Object.keys(types).length % 4 !== 0) set(`pad_${Object.keys(types).length}`, "u32", 0);
	};
	let groups = 0;
	for (const { call } of list.flat()) {
		groups += call.workgroups.reduce((a, b) => a * b, 1);
		set(`end_${Object.keys(types).length}`, "u32", groups);
	}
	for (const [c, members] of list.entries()) {
		for (const [p, { call, keys }] of members.entries()) {
			pad();
			const from: Record<string, number> = {};
			call.bindings.forEach((range, i) => {
				const name = call.kernel.bases?.[call.kernel.bindings[i].name];
				const key = keys[i];
				if (name === undefined || key === null) return;
				const { offset } = placeOf(range.tensor);
				const { start } = bindings.get(key) ?? { start: 0 };
				from[name] = (offset + (range.offset ?? 0) - start) / 4;
			});
			for (const [name, type] of Object.entries(call.kernel.params))
				set(`copy_${c}_${p}_${name}`, type, call.params[name] + (from[name] ?? 0));
		}
	}
	const source = mergedText(
		list.map((members) => ({
			part: members[0].part,
			params: members[0].call.kernel.params,
			count: members.length,
			bindings: members[0].keys.map((key) => (key === null ? null : (order.get(key) ?? 0))),
		})),
		bound,
	);
	const sized = parts.find(({ call }) => call.kernel.subgroupSize !== undefined);
	const names = list.flatMap((members) => members.map(({ call }) => call.kernel.name));
	return {
		kernel: {
			name: [...new Set(names)].map((name) => `${name} (${names.filter((other) => other === name).length})`).join(", "),
			source,
			params: types,
			bindings: bound.map(({ access }, i) => ({ name: `bound_${i}`, access })),
			includes: [],
			features: [...new Set(parts.flatMap(({ call }) => call.kernel.features))],
			...(sized === undefined ? {} : { subgroupSize: sized.call.kernel.subgroupSize }),
		},
		constants: {},
		params,
		bindings: bound.map(({ first, start, end }) => ({
			tensor: first.tensor,
			offset: first.offset ?? 0,
			size: end - start,
		})),
		workgroups: spread(groups, limits.maxComputeWorkgroupsPerDimension),
		flops: parts.reduce((sum, { call }) => sum + call.flops, 0),
	};
}
