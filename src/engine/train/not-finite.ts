// Finds the first value that is NaN or Inf in a skipped step, for runs and for the slots of a race.

import { trainMessage } from "../../shared/messages/index.ts";
import type { Message } from "../../shared/messages/message.ts";
import type { AdapterLayout } from "../adapters/adapter.ts";
import { valuesOf } from "../adapters/trainable.ts";

/**
 * @param gradients reads the adapter's flat gradients; called only if they are the cause
 * @returns null when loss and norm are finite
 */
export async function whyNotFinite(
	layout: AdapterLayout,
	lossSum: number,
	norm: number,
	gradients: () => Promise<Float32Array>,
): Promise<Message | null> {
	if (!Number.isFinite(lossSum)) return trainMessage("lossNotFinite", { loss: lossSum });
	if (Number.isFinite(norm)) return null;
	const flat = await gradients();
	for (const tensor of layout.tensors) {
		const bad = valuesOf(flat, tensor).find((value) => !Number.isFinite(value));
		if (bad !== undefined) return trainMessage("gradientNotFinite", { tensor: tensor.name, value: bad });
	}
	return trainMessage("normNotFinite", { norm });
}
