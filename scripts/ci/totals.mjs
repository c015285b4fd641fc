// Counts of a test run, read from the runners' own reports and added up. Nothing is estimated: a missing report is no
// test at all, and the stage that should have written it fails.
import { existsSync, readFileSync } from "node:fs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {Counts & { name: string, seconds: number, isCheck: boolean }} Result a check has no tests of its own */

const NONE = { passed: 0, failed: 0, skipped: 0 };
const read = (/** @type {string} */ path) => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null);

/**
 * @param {string} path of vitest's JSON report
 * @returns {Counts} a file that did not even load counts as one failure
 */
export function countVitest(path) {
	/** @type {{ testResults: { status: string, assertionResults: { status: string }[] }[] } | null} */
	const report = read(path);
	if (report === null) return { ...NONE };
	const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
	const of = (/** @type {string} */ status) => tests.filter((test) => test.status === status).length;
	const broken = report.testResults.filter(
		({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
	).length;
	const passed = of("passed");
	const failed = of("failed");
	return { passed, failed: failed + broken, skipped: tests.length - passed - failed };
}

/**
 * @param {string} path of Playwright's JSON report
 * @returns {Counts} an error outside any test counts as one failure
 */
export function countPlaywright(path) {
	/** @type {{ stats: { expected: number, unexpected: number, flaky: number, skipped: number }, errors: unknown[] } | null} */
	const report = read(path);
	if (report === null) return { ...NONE };
	const { expected, unexpected, flaky, skipped } = report.stats;
	return { passed: expected, failed: unexpected + flaky + report.errors.length, skipped };
}

/** @param {readonly Result[]} results */
export function table(results) {
	const rows = results.map(({ name, seconds, isCheck, passed, failed, skipped }) => {
		const counts = isCheck
			? failed > 0
				? "failed"
				: "passed"
			: `${passed} passed, ${failed} failed, ${skipped} skipped`;
		return `${name.padEnd(10)} ${`${seconds.toFixed(1)} s`.padStart(9)}  ${counts}`;
	});
	const total = results.reduce((sum, { seconds }) => sum + seconds, 0);
	return [...rows, `${"all".padEnd(10)} ${`${total.toFixed(1)} s`.padStart(9)}`].join("\n");
}

/** @param {readonly Counts[]} results */
export function summary(results) {
	const sum = (/** @type {keyof Counts} */ key) => results.reduce((total, counts) => total + counts[key], 0);
	return `${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`;
}
