// Packs the active adapter into a link, and opens one after checking that it was trained on the same base.
import type { Adapter, AdapterLayout } from "../engine/adapters/adapter.ts";
import { adapterLayout } from "../engine/adapters/layout.ts";
import { pissaToLora } from "../engine/adapters/pissa-to-lora.ts";
import { valuesOf } from "../engine/adapters/trainable.ts";
import type { LinkDescription } from "../engine/api.ts";
import { type LinkSettings, packAdapterLink, unpackAdapterLink } from "../engine/formats/adapter-link.ts";
import { requireFinite } from "../engine/formats/finite.ts";
import { encodeFloat32, MOST_LINK_CHARACTERS, rankThatFits } from "../engine/formats/index.ts";
import type { LoadedModel } from "../engine/models/load.ts";
import { TabTuneError } from "../shared/errors.ts";
import { workerMessage } from "../shared/messages/index.ts";
import { carriesLink } from "./link-prediction.ts";

/**
 * @param base fingerprint of the bundled base; null for another model
 * @throws TabTuneError "adapter" if the adapter does not fit in a link
 */
export function linkOf(
	model: Pick<LoadedModel, "family" | "config">,
	adapter: Adapter,
	base: string | null,
	about: LinkDescription,
): string {
	const { layout, params } = pissaToLora(model, adapter);
	if (base === null)
		throw new TabTuneError("adapter", {
			what: workerMessage("linkOtherBase"),
			next: workerMessage("linkOtherBase.next"),
		});
	const method = layout.methods.join("+");
	if (method !== "lora")
		throw new TabTuneError("adapter", {
			what: workerMessage("linkMethod", { method }),
			next: workerMessage("linkMethod.next"),
		});
	if (!carriesLink(layout))
		throw new TabTuneError("adapter", {
			what: workerMessage("linkOtherTensors"),
			next: workerMessage("linkOtherBase.next"),
		});
	for (const tensor of layout.tensors)
		requireFinite(tensor.name, tensor.shape, encodeFloat32(valuesOf(params, tensor)), "F32");
	const text = packAdapterLink({
		base,
		settings: linkSettings(layout),
		about,
		A: side(layout, params, "A"),
		B: side(layout, params, "B"),
	});
	if (text.length > MOST_LINK_CHARACTERS)
		throw new TabTuneError("adapter", {
			what: workerMessage("linkTooLong", {
				size: text.length.toLocaleString("en-US"),
				limit: MOST_LINK_CHARACTERS.toLocaleString("en-US"),
			}),
			next: workerMessage("linkTooLong.next", { rank: rankThatFits(layout.parameters / layout.settings.r) }),
		});
	return text;
}

/** @throws TabTuneError "adapter" for a damaged link, or one for another base or other shapes */
export function adapterOfLink(
	model: LoadedModel,
	base: string | null,
	text: string,
): { adapter: Adapter; about: LinkDescription } {
	const linked = unpackAdapterLink(text);
	if (linked.base !== base)
		throw new TabTuneError("adapter", {
			what: workerMessage("linkBase"),
			where: workerMessage("link"),
			next: base === null ? workerMessage("linkBase.bundled") : workerMessage("linkBase.version"),
		});
	const { settings } = linked;
	const layout = adapterLayout(model, {
		...settings,
		lora_dropout: 0,
		use_dora: false,
		init_lora_weights: true,
		any_rank: true,
		loraplus_lr_ratio: 1,
	});
	for (const name of ["A", "B"] as const) {
		const expected = layout.modules.reduce((total, module) => total + module[name].shape[0] * module[name].shape[1], 0);
		if (expected !== linked[name].length)
			throw new TabTuneError("adapter", {
				what: workerMessage("linkSize", { count: linked[name].length, side: name, expected }),
				where: workerMessage("link"),
				next: workerMessage("linkSize.next"),
			});
	}
	const params = new Float32Array(layout.size);
	for (const name of ["A", "B"] as const) {
		let at = 0;
		for (const module of layout.modules) {
			const { shape, offset } = module[name];
			const length = shape[0] * shape[1];
			params.set(linked[name].subarray(at, at + length), offset);
			at += length;
		}
	}
	return { adapter: { layout, params, config: null, stored: null }, about: linked.about };
}

/** All lora_A or all lora_B, concatenated in the order of the modules. */
function side({ modules }: AdapterLayout, params: Float32Array, name: "A" | "B"): Float32Array {
	const parts = modules.map((module) => {
		const { shape, offset } = module[name];
		return params.subarray(offset, offset + shape[0] * shape[1]);
	});
	const all = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

function linkSettings({ settings, modules }: AdapterLayout): LinkSettings {
	const { r, lora_alpha, use_rslora, target_modules, rank_pattern, alpha_pattern, layers_to_transform } = settings;
	const patterns = { rank_pattern: { ...rank_pattern }, alpha_pattern: { ...alpha_pattern } };
	// A link has no exclude_modules and no layers_pattern; the modules are then listed by their paths.
	if ((settings.exclude_modules ?? settings.layers_pattern ?? null) !== null)
		return {
			...{ r, lora_alpha, use_rslora, ...patterns },
			target_modules: modules.map(({ module }) => module.path),
			layers_to_transform: null,
		};
	return {
		r,
		lora_alpha,
		use_rslora,
		target_modules: target_modules as string | string[],
		...patterns,
		layers_to_transform: (layers_to_transform ?? null) as number | number[] | null,
	};
}
