import { afterAll, test } from "vitest";
import { mergeDispatches } from "../passes/merge-dispatches.ts";
import { simplify } from "../passes/simplify.ts";
import { STEP, someValues, trainingStack } from "../passes/test-graphs.ts";
import { expectGraphAgreement, testDevices } from "./test-op.ts";

const devices = await testDevices();
afterAll(() => devices.destroy());

const graph = mergeDispatches(simplify(trainingStack({ layers: 1 })));

test("merged products agree with the reference", async () => {
	await expectGraphAgreement(devices.all, graph, { values: someValues(graph), step: STEP });
});
