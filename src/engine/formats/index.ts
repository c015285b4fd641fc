// Bytes ↔ tensors: what the other rooms may use. To add a format: one file here, one line below.
export { type Checksums, sha256Hex, verifyChecksum, verifyChecksums } from "./checksum.ts";
export { DTYPE_BYTES, decodeToFloat32, encodeBf16, encodeFloat32 } from "./dtype.ts";
export { type ModelConfig, type RopeScaling, readModelConfig } from "./hf-config.ts";
export { type JsonObject, parseJsonObject } from "./json.ts";
export {
	filesFolder,
	folderJson,
	type ModelFolder,
	type ModelTexts,
	memoryFolder,
	openWeights,
	readModelTexts,
} from "./model-folder.ts";
export {
	type PeftAdapter,
	type PeftFile,
	type PeftPart,
	type PeftTensor,
	peftKey,
	readPeftAdapter,
	type TensorValues,
	writePeftAdapter,
} from "./peft.ts";
export { adapterConfigJson, FRESH_CONFIG, type LoraConfig } from "./peft-config.ts";
export { openSafetensors, type TensorEntry, type TensorFile } from "./safetensors.ts";
export { safetensorsHeader, type TensorToWrite, writeSafetensors } from "./safetensors-write.ts";
export { type ByteSource, blobSource, bytesSource } from "./source.ts";
export { adapterZipFolder, zipFiles } from "./zip.ts";
