// TensorBoard event files: TFRecords of Event messages (tensorflow/core/util/event.proto) with scalars, as torch's SummaryWriter
// writes them. A record is its length, the masked CRC-32C of the length, the bytes, and their masked CRC-32C.

export interface ScalarEvent {
	/** Seconds since 1970. */
	readonly wall_time: number;
	readonly step: number;
	readonly scalars: Readonly<Record<string, number>>;
}

/** The first record of a file. */
export function versionRecord(wall_time: number): Uint8Array<ArrayBuffer> {
	return record([...double(1, wall_time), ...text(3, "brain.Event:2")]);
}

/** One record for each scalar. */
export function scalarRecords({ wall_time, step, scalars }: ScalarEvent): Uint8Array<ArrayBuffer>[] {
	return Object.entries(scalars).map(([tag, value]) => {
		const summary = bytes(1, [...text(1, tag), ...float(2, value)]);
		return record([
			...double(1, wall_time),
			...(step === 0 ? [] : [...key(2, 0), ...varint(step)]),
			...bytes(5, summary),
		]);
	});
}

interface Step {
	readonly loss: number;
	readonly grad_norm: number;
	readonly learning_rate: number;
	readonly metrics?: Readonly<Record<string, number>>;
}

/** The scalars of a training step, named as transformers' TensorBoardCallback names them: train/loss. */
export function stepScalars({ loss, grad_norm, learning_rate, metrics }: Step): Record<string, number> {
	return under("train", { loss, grad_norm, learning_rate, ...metrics });
}

interface Evaluation {
	readonly eval_loss: number;
	readonly eval_score?: number;
	readonly metrics?: Readonly<Record<string, number>>;
}

/** The scalars of an evaluation: eval/loss, eval/score. */
export function evaluationScalars({ eval_loss, eval_score, metrics }: Evaluation): Record<string, number> {
	const values: Record<string, number> = { loss: eval_loss, ...metrics };
	if (eval_score !== undefined) values.score = eval_score;
	return under("eval", values);
}

const under = (prefix: string, values: Readonly<Record<string, number>>): Record<string, number> =>
	Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}/${name}`, value]));

// Protocol buffers: a field is a key (number and wire type) and a value.
const key = (field: number, wire: number): number[] => [(field << 3) | wire];

function varint(value: number): number[] {
	const out: number[] = [];
	for (let rest = value; ; rest = Math.floor(rest / 128)) {
		if (rest < 128) return [...out, rest];
		out.push((rest % 128) | 128);
	}
}

const bytes = (field: number, content: readonly number[]): number[] => [
	...key(field, 2),
	...varint(content.length),
	...content,
];

const text = (field: number, value: string): number[] => bytes(field, [...new TextEncoder().encode(value)]);

function double(field: number, value: number): number[] {
	const view = new DataView(new ArrayBuffer(8));
	view.setFloat64(0, value, true);
	return [...key(field, 1), ...new Uint8Array(view.buffer)];
}

function float(field: number, value: number): number[] {
	const view = new DataView(new ArrayBuffer(4));
	view.setFloat32(0, value, true);
	return [...key(field, 5), ...new Uint8Array(view.buffer)];
}

function record(content: readonly number[]): Uint8Array<ArrayBuffer> {
	const out = new Uint8Array(16 + content.length);
	const view = new DataView(out.buffer);
	view.setUint32(0, content.length, true);
	view.setUint32(8, maskedCrc32c(out.subarray(0, 8)), true);
	out.set(content, 12);
	view.setUint32(12 + content.length, maskedCrc32c(out.subarray(12, 12 + content.length)), true);
	return out;
}

const POLYNOMIAL = 0x82f63b78; // Castagnoli, reversed
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
	let crc = byte;
	for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
	return crc;
});

/** As tensorflow/core/lib/hash/crc32c.h: turned right by 15 bits, plus a constant. */
function maskedCrc32c(data: Uint8Array): number {
	let crc = 0xffffffff;
	for (const byte of data) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff];
	crc = ~crc >>> 0;
	return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
