import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const name = process.argv[2] ?? "";
const root = process.argv[3] ?? join(import.meta.dirname, "..");
const mistake = newProvider(name, join(root, "src/providers"));
if (mistake === null) process.stdout.write(nextSteps(name));
else {
  process.stderr.write(`${mistake}\nusage: npm run new-provider NAME\n`);
  process.exitCode = 2;
}

/** Makes the folder of a new provider from `_template`, and its line in the registry. Gives what is wrong with the name, if anything. */
function newProvider(name: string, providers: string): string | null {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) return `"${name}" is no name such as ecs-service`;
  const folder = join(providers, name);
  if (existsSync(folder)) return `${folder} exists`;
  cpSync(join(providers, "_template"), folder, { recursive: true });
  for (const file of readdirSync(folder)) rename(join(folder, file), name);
  register(join(providers, "index.ts"), name);
  return null;
}

/** In quotes, as a title and in prose the word is the type's own; as a name in code it is camel-cased. */
function rename(file: string, name: string): void {
  const text = readFileSync(file, "utf8")
    .replaceAll("Template", pascal(name))
    .replaceAll(/(["`])template\1/g, `$1${name}$1`)
    .replaceAll(/^# template$/gm, `# ${name}`)
    .replaceAll("template", camel(name));
  writeFileSync(file, text);
}

function register(file: string, name: string): void {
  const text = readFileSync(file, "utf8");
  const imported = `import { ${camel(name)} } from "./${name}/index.ts";\n`;
  const place = text.indexOf('import type { Provider } from "./provider.ts";');
  const listed = text.replace(
    /(export const providers: readonly Provider\[\] = \[[^\]]*)\]/,
    `$1, erased(${camel(name)})]`,
  );
  if (place < 0 || listed === text) throw new Error(`${file} has another form than expected: add the provider by hand`);
  writeFileSync(file, listed.slice(0, place) + imported + listed.slice(place));
}

function camel(name: string): string {
  return name.replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase());
}

function pascal(name: string): string {
  return camel(`-${name}`);
}

function nextSteps(name: string): string {
  return [
    `made src/providers/${name} and its line in src/providers/index.ts`,
    "next:",
    `  1. README.md: what is proof here, and what only looks like it`,
    `  2. spec.ts, facts.ts, plan.ts, guards.ts, steps.ts, prove.ts`,
    `  3. contract.test.ts, as in src/providers/fake, in place of unfinished.test.ts`,
    `  4. npm run format && npm run generate && npm run check`,
    "",
  ].join("\n");
}
