import { posix } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** The folders of src, left to right: a folder imports only from columns to its left. Folders of one column do not import each other. */
export const order: readonly (readonly string[])[] = [
  ["util"],
  ["model"],
  ["io", "image", "iam"],
  ["providers"],
  ["manifest"],
  ["revision", "plan", "preflight", "build", "execute", "prove", "ledger", "timeline"],
  ["actions"],
  ["agent"],
  ["cli", "server"],
];

/** Files that stand beside the order: what they may import is said in full. */
const reportMayImport = ["util", "model"];
const mayImportReport = ["cli", "agent", "server"];
/** What reaches people who are elsewhere is a report too, and is made where it is sent. */
const sentReports = new Map([["actions/notify.ts", "report/notification.ts"]]);
const longest = 400;
/** A list of pages is as long as it has pages; nothing else is put there. */
const lists = ["model/codes.ts"];

/** A source file of the tree: its path below src, with slashes, and its text. */
export interface SourceFile {
  path: string;
  text: string;
}

/** Every rule of the tree that the files break, one sentence each. */
export function violations(files: readonly SourceFile[]): string[] {
  const code = files.filter((file) => !file.path.endsWith(".test.ts"));
  const read = code.map((file) => ({ ...file, ...inspect(file) }));
  return [
    ...read.flatMap(({ path, imports }) => imports.flatMap((target) => directionMistake(path, target) ?? [])),
    ...cycles(new Map(read.map(({ path, imports }) => [path, imports]))),
    ...read.flatMap(({ path, outputs }) =>
      folderOf(path) === "cli"
        ? []
        : outputs.map((what) => `${path} uses ${what}: only the command line prints and exits`),
    ),
    ...files.flatMap(({ path, text }) => {
      if (lists.includes(path)) return [];
      const lines = text.trimEnd().split("\n").length;
      return lines > longest
        ? [`${path} has ${lines} lines: more than ${longest}, so it does more than one thing`]
        : [];
    }),
  ];
}

function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

/** What a file imports from the tree (static, dynamic, types, re-exports), and where it prints or exits. */
function inspect({ path, text }: SourceFile): { imports: string[]; outputs: string[] } {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]?.message}`);
  const imports = new Set<string>();
  const outputs = new Set<string>();
  const from = (source: unknown) => {
    const name = literal(source);
    if (name?.startsWith(".")) imports.add(posix.normalize(posix.join(posix.dirname(path), name)));
  };
  new Visitor({
    ImportDeclaration: ({ source }) => from(source),
    ExportNamedDeclaration: ({ source }) => from(source),
    ExportAllDeclaration: ({ source }) => from(source),
    ImportExpression: ({ source }) => from(source),
    TSImportType: ({ source }) => from(source),
    MemberExpression: ({ object, property }) => {
      if (object.type !== "Identifier" || property.type !== "Identifier") return;
      if (object.name === "console") outputs.add("console");
      if (object.name === "process" && property.name === "exit") outputs.add("process.exit");
    },
  }).visit(program);
  return { imports: [...imports], outputs: [...outputs] };
}

function literal(node: unknown): string | null {
  return typeof node === "object" && node !== null && "value" in node && typeof node.value === "string"
    ? node.value
    : null;
}

function directionMistake(path: string, target: string): string | null {
  const from = folderOf(path);
  const to = folderOf(target);
  if (from === to || target.startsWith("..") || to === "") return null;
  const sentence = (why: string) => `${path} imports ${target}: ${why}`;
  if (from === "report")
    return reportMayImport.includes(to) ? null : sentence("report shows what it is given, and imports only the model");
  if (to === "report")
    return mayImportReport.includes(from) || sentReports.get(path) === target
      ? null
      : sentence("a library never reports; only the command line does");
  const here = columnOf(from);
  const there = columnOf(to);
  if (there === -1) return sentence(`the folder ${to} has no place in the order of the tree`);
  if (from === "") return to === "cli" ? sentence("the library does not know the command line") : null;
  if (here === -1) return sentence(`the folder ${from} has no place in the order of the tree`);
  if (here === there) return sentence(`${from} and ${to} stand side by side, and do not know each other`);
  return there > here ? sentence(`${to} is to the right of ${from}, and a folder imports only from its left`) : null;
}

function columnOf(folder: string): number {
  return order.findIndex((column) => column.includes(folder));
}

/** Each import that closes a circle, told once with the way round. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]) => {
    const start = way.indexOf(path);
    if (start >= 0) found.push(`imports go round in a circle: ${[...way.slice(start), path].join(" → ")}`);
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...way, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}
