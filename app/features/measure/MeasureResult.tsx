// The result of a device measurement: facts and tables.
import type { DeviceMeasurement, MeasuredWork } from "../../../src/engine/api.ts";
import { formatBytes } from "../../../src/shared/format-bytes.ts";
import type { Translate } from "../../i18n/index.ts";
import { DescriptionItem, DescriptionList } from "../../ui/DescriptionList.tsx";
import { Table } from "../../ui/Table.tsx";
import type { measureTexts } from "./texts.ts";

type W = Translate<typeof measureTexts.en>;

/** Three significant digits, with at most four decimals. */
const figure = (value: number): string =>
	value.toLocaleString("en-US", value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 });
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const rate = (gflops: number): string =>
	gflops >= 1000 ? `${figure(gflops / 1000)} TFLOPS` : `${figure(gflops)} GFLOPS`;

export function MeasureResult({ w, result }: { w: W; result: DeviceMeasurement }) {
	const { adapter, agent, peak, step, step_error, products, attention } = result;
	return (
		// The focus is here when the keyboard scrolls the result.
		// biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
		<section className="grid min-w-0 gap-4" aria-label={w("result")} tabIndex={0}>
			<DescriptionList>
				<DescriptionItem term={w("adapter")}>
					{[adapter.vendor, adapter.architecture, adapter.device].filter((part) => part !== "").join(", ")}
				</DescriptionItem>
				<DescriptionItem term={w("driver")}>{adapter.description || w("unreported")}</DescriptionItem>
				<DescriptionItem term={w("browser")}>{agent}</DescriptionItem>
				<DescriptionItem term={w("peakRate")}>{rate(peak.gflops)}</DescriptionItem>
				<DescriptionItem term={w("bandwidth")}>{`${figure(peak.gigabytes_per_second)} GB/s`}</DescriptionItem>
			</DescriptionList>
			{step === null ? (
				<p>{w("stepNone", { reason: step_error ?? "" })}</p>
			) : (
				<section className="grid gap-1">
					<h3>{`${step.model}: ${w("stepTitle", { r: step.r, n: step.tokens })}`}</h3>
					<DescriptionList>
						<DescriptionItem term={w("time")}>{`${figure(step.milliseconds)} ms`}</DescriptionItem>
						<DescriptionItem term={w("speed")}>{w("perSecond", { n: figure(step.tokens_per_second) })}</DescriptionItem>
						<DescriptionItem term={w("rate")}>
							{w("rateOf", { rate: rate(step.gflops), share: percent(step.share_of_peak) })}
						</DescriptionItem>
						<DescriptionItem term={w("dispatches")}>{step.dispatches}</DescriptionItem>
						<DescriptionItem term={w("memory")}>{formatBytes(step.peak_gpu_bytes)}</DescriptionItem>
					</DescriptionList>
				</section>
			)}
			<Works w={w} works={[...products, ...attention]} />
			<Kernels w={w} result={result} />
			<Choices w={w} result={result} />
		</section>
	);
}

function Works({ w, works }: { w: W; works: readonly MeasuredWork[] }) {
	return (
		<Table>
			<caption>{w("aloneTitle")}</caption>
			<thead>
				<tr>
					<th scope="col">{w("kernel")}</th>
					<th scope="col">{w("shape")}</th>
					<th scope="col">{w("milliseconds")}</th>
					<th scope="col">{w("rate")}</th>
					<th scope="col">{w("ofPeak")}</th>
					<th scope="col">{w("gigabytes")}</th>
					<th scope="col">{w("ofBandwidth")}</th>
				</tr>
			</thead>
			<tbody>
				{works.map((work) => (
					<tr key={work.name}>
						<th scope="row">{work.name}</th>
						<td>{work.shape}</td>
						<td className="num">{figure(work.milliseconds)}</td>
						<td className="num">{rate(work.gflops)}</td>
						<td className="num">{percent(work.share_of_peak)}</td>
						<td className="num">{figure(work.gigabytes_per_second)}</td>
						<td className="num">{percent(work.share_of_bandwidth)}</td>
					</tr>
				))}
			</tbody>
		</Table>
	);
}

/** Timestamps that are rounded to more than this are mentioned. */
const COARSE = 10; // µs

function Kernels({ w, result }: { w: W; result: DeviceMeasurement }) {
	const { kernels, timestamp_resolution_us: resolution } = result;
	if (kernels === null) return result.step === null ? null : <p className="help">{w("kernelsNone")}</p>;
	return (
		<div className="grid gap-1">
			<Table>
				<caption>{w("kernelsTitle")}</caption>
				<thead>
					<tr>
						<th scope="col">{w("kernel")}</th>
						<th scope="col">{w("calls")}</th>
						<th scope="col">{w("milliseconds")}</th>
						<th scope="col">{w("share")}</th>
						<th scope="col">{w("rate")}</th>
						<th scope="col">{w("gigabytes")}</th>
					</tr>
				</thead>
				<tbody>
					{kernels.map((one) => (
						<tr key={one.kernel}>
							<th scope="row">{one.kernel}</th>
							<td className="num">{one.calls}</td>
							<td className="num">{figure(one.milliseconds)}</td>
							<td className="num">{percent(one.share)}</td>
							<td className="num">{rate(one.gflops)}</td>
							<td className="num">{figure(one.gigabytes_per_second)}</td>
						</tr>
					))}
				</tbody>
			</Table>
			{resolution !== null && resolution >= COARSE && <p className="help">{w("rounded", { n: figure(resolution) })}</p>}
		</div>
	);
}

function Choices({ w, result }: { w: W; result: DeviceMeasurement }) {
	return (
		<Table>
			<caption>{w("choiceTitle", { name: result.device_class })}</caption>
			<thead>
				<tr>
					<th scope="col">{w("shapes")}</th>
					<th scope="col">{w("variant")}</th>
					<th scope="col">{w("source")}</th>
				</tr>
			</thead>
			<tbody>
				{result.variants.map((one) => (
					<tr key={one.class}>
						<th scope="row">{one.class}</th>
						<td>{one.variant}</td>
						<td>{w(one.source)}</td>
					</tr>
				))}
			</tbody>
		</Table>
	);
}
