// Storage for the files of training runs. The page implements it with the origin private file system (private-files.ts), the
// CLI with a folder on disk (cli/disk-storage.ts). Paths are relative, with slashes.
export interface RunStorage {
	/** Paths, relative to `folder`, of the files in it and in its subfolders; empty if the folder does not exist. */
	files(folder: string): Promise<string[]>;
	/** Names of the direct subfolders; empty if the folder does not exist. */
	folders(folder: string): Promise<string[]>;
	/** Null if the file does not exist. */
	read(path: string): Promise<Blob | null>;
	/** Replaces the whole file or, when it fails, nothing. @throws TabTuneError "storage" */
	write(path: string, content: Uint8Array | Blob): Promise<void>;
	/** Writes the files of a folder, the last one last; if that is interrupted, the folder lacks that file or does not exist. @throws TabTuneError "storage" */
	writeFolder(folder: string, files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): Promise<void>;
	/** Renames a folder to a free name, which is returned. Absent where no two runs share a folder. */
	setAside?(folder: string): Promise<string>;
	/** Removes a file, or a folder with its contents. A missing path is not an error. */
	remove(path: string): Promise<void>;
}
