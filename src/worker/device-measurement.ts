// "Measure this device", loaded at the first call.
export { measureDevice } from "../engine/train/measure/measure-device.ts";
export { measurementMarkdown } from "../engine/train/measure/measurement-text.ts";
