// Finds the numbers of a model's weights that are not finite.
import type { Message } from "../../shared/messages/message.ts";
import { modelsMessage } from "../../shared/messages/models.en.ts";
import { decodeToFloat32 } from "../formats/index.ts";
import type { LoadedModel } from "./load.ts";

/** Number of bytes read at a time; a multiple of every element's size. */
const PIECE_BYTES = 8 * 2 ** 20;

/** One message for each weight that has such a number, with its first place. Reads every weight once. */
export async function notFiniteWeights({ family, config, files }: LoadedModel): Promise<Message[]> {
	const problems: Message[] = [];
	for (const { name } of family.weights(config)) {
		const { dtype, byteLength } = files.tensors.get(name) ?? { dtype: "F32", byteLength: 0 };
		let done = 0; // elements
		for (let from = 0; from < byteLength; from += PIECE_BYTES) {
			const length = Math.min(PIECE_BYTES, byteLength - from);
			const bytes = await (files.readRange?.(name, from, length) ?? files.readTensor(name));
			const numbers = decodeToFloat32(bytes, dtype);
			const at = numbers.findIndex((value) => !Number.isFinite(value));
			if (at !== -1) {
				problems.push(modelsMessage("notFinite", { weight: name, value: String(numbers[at]), at: done + at }));
				break;
			}
			done += numbers.length;
			if (files.readRange === undefined) break;
		}
	}
	return problems;
}
