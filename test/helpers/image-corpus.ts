import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { checkImage, type ImageReport } from "../../src/image/check.ts";
import { verdictOf as imageVerdictOf } from "../../src/image/verdict.ts";
import type { ImageFinding } from "../../src/model/image-finding.ts";

const usual = `FROM python:3.11-slim
WORKDIR /app
COPY . .
CMD ["gunicorn", "app:app"]
`;

/** One case of test/image-corpus; its README says what the keys mean. */
const Case = z.strictObject({
  name: z.string(),
  dockerfile: z.string().default(usual),
  files: z.record(z.string(), z.string()),
  args: z.record(z.string(), z.string()).default({}),
  target: z.string().optional(),
  entry: z.string().optional(),
  ignored: z.array(z.string()).default([]),
  stubs: z.array(z.string()).default([]),
  verdict: z.enum(["complete", "fatal", "request", "undetermined"]),
  findings: z.array(z.string()),
  real: z.boolean().default(true),
});
export type Case = z.infer<typeof Case>;

/** Every case, in the order of the files. */
export function imageCases(): Case[] {
  const folder = join(import.meta.dirname, "../image-corpus");
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return files.flatMap((file) => z.array(Case).parse(parse(readFileSync(join(folder, file), "utf8"))));
}

/** Lays a case's files in a folder of its own, the Dockerfile among them. */
export function layCase({ files, dockerfile }: Case): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "landfall-case-"));
  for (const [path, text] of Object.entries({ Dockerfile: dockerfile, ...files })) {
    const at = join(folder, path);
    mkdirSync(dirname(at), { recursive: true });
    if (text.startsWith("->")) symlinkSync(text.slice(2), at);
    else writeFileSync(at, text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What the check says of a case that is laid in a folder. */
export async function checkCase({ files, args, target, entry, ignored }: Case, folder: string): Promise<ImageReport> {
  return await checkImage({
    dockerfile: join(folder, "Dockerfile"),
    context: folder,
    buildArgs: args,
    target,
    entry,
    repositoryFiles: ["Dockerfile", ...Object.keys(files)],
    ignored: async (paths) => new Set(paths.filter((path) => ignored.includes(path))),
  });
}

/** A finding as the corpus writes it. */
export function written({ level, code, effect, module, importer, line }: ImageFinding): string {
  return `${level} ${code} ${effect ?? "-"} ${module ?? "-"} ${importer ?? "-"}:${line ?? "-"}`;
}

/** The verdict in the corpus's words, which tell fatal ones apart by what fails. */
export function verdictOf(report: ImageReport): Case["verdict"] {
  const fatal = report.findings.filter(({ level }) => level === "block");
  return fatal.length > 0 && fatal.every(({ effect }) => effect === "request") ? "request" : imageVerdictOf(report);
}
