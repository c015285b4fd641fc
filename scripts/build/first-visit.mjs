// Puts all modules that an entry imports statically into one chunk. Without this, each set of lazily loaded features that share a
// module with the entry makes a chunk, and many small files compress worse than one. Packages are left to the bundler: the index of
// radix-ui imports every component, also those that only lazily loaded features use.

/** @typedef {import("vite").Rolldown.ChunkingContext} Context */

/**
 * A group of `output.codeSplitting`, for a build with one entry.
 * @param {string} name of the chunk
 * @returns {import("vite").Rolldown.CodeSplittingGroup}
 */
export function firstVisit(name) {
	/** @type {WeakMap<Context, Set<string>>} */
	const ofBuild = new WeakMap();
	return {
		debugName: `first visit: ${name}`,
		name(id, context) {
			let modules = ofBuild.get(context);
			if (modules === undefined) {
				modules = importedBy(entryOf(id, context), context);
				ofBuild.set(context, modules);
			}
			return modules.has(id) && !id.includes("node_modules") ? name : null;
		},
	};
}

/** The entry from which a module is reached. @param {string} id @param {Context} context */
function entryOf(id, context) {
	const seen = new Set([id]);
	for (const module of seen) {
		const info = context.getModuleInfo(module);
		if (info?.isEntry) return module;
		for (const importer of [...(info?.importers ?? []), ...(info?.dynamicImporters ?? [])]) seen.add(importer);
	}
	return id;
}

/** All modules that an entry reaches by static imports. @param {string} entry @param {Context} context */
function importedBy(entry, context) {
	const seen = new Set([entry]);
	for (const module of seen)
		for (const imported of context.getModuleInfo(module)?.importedIds ?? []) seen.add(imported);
	return seen;
}
