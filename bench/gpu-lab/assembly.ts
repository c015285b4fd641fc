// Reads AMD assembly as RADV prints it: finds the loop that does the work and counts its instructions.

export interface LoopCounts {
	/** Multiply-adds of a lane. Packed f16 and dual issue count both halves; a matrix instruction counts its share of a lane. */
	fma: number;
	/** Vector and scalar instructions. */
	valu: number;
	salu: number;
	/** Words of 4 bytes that a lane reads or writes in workgroup memory. */
	ldsWords: number;
	/** Words of 4 bytes that a lane loads from buffers. */
	globalWords: number;
	/** Waits for such loads. */
	waits: number;
}

/** How often an inner loop without multiply-adds (staging into workgroup memory) is assumed to run. */
const STAGING_TRIPS = 4;

const NONE: Readonly<LoopCounts> = { fma: 0, valu: 0, salu: 0, ldsWords: 0, globalWords: 0, waits: 0 };

function add(counts: LoopCounts, line: string): void {
	const text = line.split(";")[0];
	const op = text.trim().split(/\s/)[0];
	if (op === "" || /^BB/.test(op)) return;
	for (const half of text.split("::")) {
		const name = half.trim().split(/\s/)[0];
		if (/^v_(dual_)?(fma|fmac|mad|mac|fmaak|fmamk)/.test(name)) counts.fma++;
		else if (/^v_(pk_fma|dot2)/.test(name)) counts.fma += 2;
		else if (/^v_wmma/.test(name)) counts.fma += (16 * 16 * 16) / 32;
	}
	if (/^v_/.test(op)) counts.valu++;
	else if (/^s_(waitcnt|wait_loadcnt|wait_dscnt)/.test(op)) {
		if (/vmcnt|loadcnt/.test(text)) counts.waits++;
	} else if (/^s_/.test(op)) counts.salu++;
	const size = /b128|x4/.test(op) ? 4 : /b96|x3/.test(op) ? 3 : /b64|x2/.test(op) ? 2 : 1;
	const words = /2addr|read2|write2/.test(op) ? 2 * size : size;
	if (/^ds_/.test(op)) counts.ldsWords += words;
	if (/^(buffer|global|flat)_load/.test(op)) counts.globalWords += words;
}

function count(lines: readonly string[]): LoopCounts {
	const counts = { ...NONE };
	for (const line of lines) add(counts, line);
	return counts;
}

/** The loop with most multiply-adds outside its inner loops; the whole text where there is no loop. */
export function hotLoop(assembly: string): LoopCounts {
	const lines = assembly.split("\n");
	const labels = new Map<string, number>();
	for (const [i, line] of lines.entries()) {
		const label = /^(BB\d+):/.exec(line);
		if (label !== null) labels.set(label[1], i);
	}
	type Range = readonly [first: number, last: number];
	const loops = lines.flatMap((line, i): Range[] => {
		const jump = /s_c?branch\w*\s+(BB\d+)/.exec(line);
		const start = jump === null ? undefined : labels.get(jump[1]);
		return start !== undefined && start <= i ? [[start, i]] : [];
	});
	const inside = ([a, b]: Range, [c, d]: Range) => c >= a && d <= b && (c > a || d < b);
	const counted = loops.map((loop) => {
		const inner = loops.filter((other) => inside(loop, other));
		const outermost = inner.filter((other) => !inner.some((third) => inside(third, other)));
		const own = count(
			lines
				.slice(loop[0], loop[1] + 1)
				.filter((_, i) => !outermost.some(([c, d]) => i + loop[0] >= c && i + loop[0] <= d)),
		);
		for (const [c, d] of outermost) {
			const more = count(lines.slice(c, d + 1));
			if (more.fma > 0) continue;
			for (const name of Object.keys(own) as (keyof LoopCounts)[]) own[name] += STAGING_TRIPS * more[name];
		}
		return own;
	});
	return counted.sort((a, b) => b.fma - a.fma)[0] ?? count(lines);
}
