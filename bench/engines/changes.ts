import { resolveRevision } from "../../src/revision/resolve.ts";

/** Digests of all packages of a repository, and which of them differ from their commit: `changes.ts DIRECTORY COUNT`. */
const [directory = "", count = "0"] = process.argv.slice(2);
const names = Array.from({ length: Number(count) }, (_, index) => `p${String(index).padStart(4, "0")}`);
const components = Object.fromEntries(names.map((name) => [name, { source: [`packages/${name}`], exclude: [] }]));
const { revision, changedIn } = await resolveRevision({ directory, manifestPath: "landfall.yaml", components });
process.stdout.write(JSON.stringify({ digests: revision.components, changed: Object.keys(changedIn).sort() }));
