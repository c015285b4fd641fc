// File formats, as other rooms use them: safetensors, model folders, checksums, links and zips.
export {
	type LinkSettings,
	MOST_LINK_CHARACTERS,
	packAdapterLink,
	predictLinkCharacters,
	rankThatFits,
	unpackAdapterLink,
} from "./adapter-link.ts";
export { type Checksums, sha256Hex, verifyChecksum, verifyChecksums } from "./checksum.ts";
export { decodeToFloat32, encodeBf16, encodeF16, encodeFloat32 } from "./dtype.ts";
export {
	filesFolder,
	folderJson,
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
export { adapterZipFolder, zipBlob, zipFiles } from "./zip.ts";
