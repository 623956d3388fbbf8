import type { Provider } from "../providers/provider.ts";
import { type JsonSchema, manifestJsonSchema } from "./json-schema.ts";

/** The manifest's reference page in Markdown, made from the schema: every key with its type, default and meaning. */
export function manifestReference(providers: readonly Provider[]): string {
  return `${[introduction, ...sections("", manifestJsonSchema(providers))].join("\n\n")}\n`;
}

const introduction = `# The manifest

Generated from \`src/manifest/schema.ts\` and the providers' \`spec.ts\` by \`npm run generate\`.

\`landfall.yaml\` stands at the repository's root. Every key is below; a key that is not is an error that names it, its line and the nearest known key. Keys that start with \`x-\` are yours, in every section. Secrets never stand in the manifest: it names the variables that hold them.

\`\`\`yaml
application: jobs-app

components:
  app:
    type: machine
    directory: /opt/jobs-app
    steps:
      install: { run: npm ci --omit=dev }
      migrate: { run: npm run migrate, once: revision }
      restart: { run: "sudo systemctl restart \${target.unit}" }
    prove:
      service: \${target.unit}
      http: { url: "http://localhost:8000/version", revision: .commit }

environments:
  production:
    branch: main
    targets:
      worker: { host: worker.internal, unit: jobs-worker }
      web: { host: web.internal, unit: jobs-web, after: [worker] }
\`\`\`

## Expressions

| expression | stands for |
| --- | --- |
| \`\${env.NAME}\` | an environment variable of the one who deploys; its value is masked in all that is printed or recorded |
| \`\${env.NAME:-default}\` | the same, or the default when it is not set or empty; every expression may have one |
| \`\${environment}\` | the environment's name |
| \`\${vars.NAME}\` | a value of the environment's \`vars\` |
| \`\${target.NAME}\` | a key of the target, a value of its \`vars\`, or its \`name\` |
| \`\${revision.commit}\` | the full id of the commit that is deployed |

An expression without a value and without a default is an error, and so is an empty value; all of them are told at once. Names of things, \`type\`, \`source\`, \`exclude\` and \`on\` are written out. In a \`run\`, an expression reaches the shell as a variable and never as pasted text, so it cannot stand in single quotes; other \`\${…}\` there are the shell's own. Where a number or a truth value is due, one expression may stand for it.`;

/** A section's own page part, then those of the sections in it. */
function sections(path: string, schema: JsonSchema): string[] {
  if (schema.oneOf)
    return schema.oneOf.flatMap((branch) =>
      sections(`${path} (type: ${String(branch.properties?.type?.const)})`, branch),
    );
  if (schema.anyOf) return schema.anyOf.flatMap((branch) => sections(path, branch));
  if (typeof schema.additionalProperties === "object") return sections(`${path}.NAME`, schema.additionalProperties);
  if (schema.items) return sections(`${path}[]`, schema.items);
  if (!schema.properties) return [];
  const required = new Set(schema.required);
  const rows = Object.entries(schema.properties).map(
    ([key, value]) =>
      `| \`${key}\` | ${typeOf(value)} | ${defaultOf(value, required.has(key))} | ${cell(value.description ?? "")} |`,
  );
  const title = path === "" ? "## Top level" : `## \`${path}\``;
  const text = [
    title,
    ...(schema.description ? [schema.description] : []),
    ["| key | type | default | |", "| --- | --- | --- | --- |", ...rows].join("\n"),
  ];
  const inner = Object.entries(schema.properties).flatMap(([key, value]) =>
    sections(path === "" ? key : `${path}.${key}`, value),
  );
  return [text.join("\n\n"), ...inner];
}

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(" or ");
  // The second branch of a number is the expression that may stand for it.
  if (schema.anyOf)
    return [...new Set(schema.anyOf.map(typeOf))]
      .filter((type, i, all) => i === 0 || all[0] === "text" || type !== "text")
      .join(" or ");
  if (schema.oneOf) return "section";
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === "object")
    return typeof schema.additionalProperties === "object"
      ? `names, each a ${typeOf(schema.additionalProperties)}`
      : "section";
  if (schema.type === "integer" || schema.type === "number") return `number${range(schema)}`;
  return schema.type === "boolean" ? "`true` or `false`" : "text";
}

function range({ minimum, maximum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  return minimum === undefined ? "" : `, ${minimum} or more`;
}

function defaultOf(schema: JsonSchema, required: boolean): string {
  if (required) return "required";
  return schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``;
}

/** A text for a table's cell; code in it stays as it is. */
function cell(text: string): string {
  const parts = text.replaceAll("|", "\\|").replaceAll("\n", " ").split("`");
  return parts.map((part, i) => (i % 2 === 0 ? part.replaceAll("<", "&lt;") : part)).join("`");
}
