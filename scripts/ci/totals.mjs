// Counts of a test run, from the JSON report of vitest or Playwright.
import { existsSync, readFileSync } from "node:fs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {string} path of a report; a missing one has no tests, so its stage fails
 * @returns {Counts} flaky tests and errors outside tests count as failures
 */
export function countTests(path) {
	const report = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
	if (report.stats !== undefined) {
		const { expected, unexpected, flaky, skipped } = report.stats;
		return { passed: expected, failed: unexpected + flaky + report.errors.length, skipped };
	}
	const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = report;
	return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests };
}

/** @param {readonly Counts[]} results */
export function summary(results) {
	const sum = (/** @type {keyof Counts} */ key) => results.reduce((total, counts) => total + counts[key], 0);
	return `${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped`;
}
