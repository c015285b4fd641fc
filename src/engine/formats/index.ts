// Bytes ↔ tensors: what the other rooms may use. To add a format: one file here, one line below.
export { type Checksums, verifyChecksum } from "./checksum.ts";
export { DTYPE_BYTES, decodeToFloat32, encodeBf16, encodeFloat32 } from "./dtype.ts";
export { type ModelConfig, type RopeScaling, readModelConfig } from "./hf-config.ts";
export { filesFolder, folderJson, type ModelFolder, openWeights } from "./model-folder.ts";
export { adapterConfigJson, FRESH_CONFIG, type LoraConfig, type PeftAdapter, type PeftFile, readPeftAdapter, writePeftAdapter } from "./peft.ts";
export { openSafetensors, safetensorsHeader, type TensorEntry, type TensorFile, writeSafetensors } from "./safetensors.ts";
export { type ByteSource, blobSource, bytesSource } from "./source.ts";
export { adapterZipFolder, zipFiles } from "./zip.ts";
