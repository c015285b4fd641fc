// A picture and its best approximation of the selected rank, with the number of values it needs and its error.

import { useEffect, useMemo, useRef, useState } from "react";
import { useT } from "../../i18n/index.ts";
import { count } from "../../lib/format.ts";
import { paint } from "../../lib/paint.ts";
import { Button } from "../../ui/Button.tsx";
import { PartLoadError } from "../../ui/PartError.tsx";
import { Slider } from "../../ui/Slider.tsx";
import {
	approximation,
	type Decomposed,
	decompose,
	drawn,
	errorLeft,
	PICTURE_NAMES,
	SIZE,
	thinNumbers,
} from "./demo-image.ts";
import { useLearn } from "./store.ts";
import { learnTexts } from "./texts.ts";

export function PictureStep() {
	const w = useT(learnTexts);
	const { picture, rank } = useLearn();
	const values = useMemo(() => drawn(picture), [picture]);
	const [parts, setParts] = useState<Decomposed | null>(null);
	const [failure, setFailure] = useState<PartLoadError | null>(null);
	useEffect(() => {
		let active = true;
		decompose(values).then(
			(found) => active && setParts(found),
			(cause) => active && setFailure(new PartLoadError("The decomposition could not be loaded.", { cause })),
		);
		return () => {
			active = false;
		};
	}, [values]);
	const near = useMemo(() => parts && approximation(parts, rank), [parts, rank]);
	const [few, all] = [thinNumbers(rank), SIZE * SIZE];
	if (failure !== null) throw failure;
	return (
		<>
			<p>{w("picture1")}</p>
			<p>{w("picture2")}</p>
			<fieldset className="grid gap-3" aria-label={w("pictureChoice")}>
				<div className="flex flex-wrap items-center gap-2">
					{PICTURE_NAMES.map((name) => (
						<Button
							key={name}
							className="aria-pressed:border-primary aria-pressed:bg-accent"
							aria-pressed={name === picture}
							onClick={() => useLearn.setState({ picture: name })}
						>
							{w(name)}
						</Button>
					))}
				</div>
			</fieldset>
			<Slider label={w("rank")} value={rank} max={SIZE} onChange={(r) => useLearn.setState({ rank: r })} />
			<div className="grid grid-cols-[repeat(2,minmax(0,288px))] gap-4 [&_canvas]:block [&_canvas]:h-auto [&_canvas]:w-full [&_canvas]:rounded-lg [&_canvas]:[image-rendering:pixelated]">
				<Picture values={values} caption={w("original", { size: SIZE })} />
				<Picture values={near ?? new Float64Array(SIZE * SIZE)} caption={w("approximation", { r: rank })} />
			</div>
			<div aria-live="polite">
				<p className="num">{w(few > all ? "pictureMore" : "pictureNumbers", { few: count(few), all: count(all) })}</p>
				{parts !== null && (
					<p className="num">{w("pictureError", { error: (100 * errorLeft(parts, rank)).toFixed(1) })}</p>
				)}
			</div>
			<p className="help">{w("pictureWhy")}</p>
		</>
	);
}

function Picture({ values, caption }: { values: Float64Array; caption: string }) {
	const canvas = useRef<HTMLCanvasElement>(null);
	useEffect(
		() =>
			paint(canvas.current, (context) => {
				const image = context.createImageData(SIZE, SIZE);
				values.forEach((value, i) => image.data.set([255 * value, 255 * value, 255 * value, 255], 4 * i));
				context.putImageData(image, 0, 0);
			}),
		[values],
	);
	return (
		<figure className="grid gap-3">
			<canvas ref={canvas} width={SIZE} height={SIZE} role="img" aria-label={caption} />
			<figcaption className="help">{caption}</figcaption>
		</figure>
	);
}
