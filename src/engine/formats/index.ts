// The exports of formats/: safetensors, model folders, checksums. adapter-link.ts and zip.ts are
// imported directly, because they load only when an adapter is exported or opened.
export { type Checksums, sha256Hex, verifyChecksum, verifyChecksums } from "./checksum.ts";
export { decodeToFloat32, encodeBf16, encodeF16, encodeFloat32, FLOAT_DTYPES } from "./dtype.ts";
export { isLanguageFile, languageOf } from "./language-files.ts";
export { MOST_LINK_CHARACTERS, predictLinkCharacters, rankThatFits } from "./link-size.ts";
export {
	filesFolder,
	folderJson,
	hasTokenizer,
	type ModelFolder,
	memoryFolder,
	modelLicense,
	openWeights,
	readModelTexts,
	subFolder,
} from "./model-folder.ts";
export { openSafetensors, type TensorEntry, type TensorFile } from "./safetensors.ts";
export { safetensorsHeader, writeSafetensors } from "./safetensors-write.ts";
export { type ByteSource, blobSource, bytesSource } from "./source.ts";
