import { posix } from "node:path";
import type { ImageEffect, ImageFinding, Simulated } from "../image-tree.ts";
import type { Entry, Needed } from "../language.ts";
import { isWellKnown } from "./distributions.ts";
import type { FirstParty } from "./first-party.ts";
import { howToBring } from "./fix.ts";
import { type Cause, type Loaded, type Missing, startOf } from "./loaded.ts";
import type { SearchPath } from "./path.ts";
import type { Installed } from "./requirements.ts";
import type { Mistake } from "./scan.ts";
import { standardModules } from "./standard.ts";

const gravity: Record<ImageEffect, number> = { degraded: 0, request: 1, boot: 2 };

/** What became of something that was not found: it is missing, or nobody can say, or it is not ours to judge. */
export type Told = "missing" | "unsure";

/** Gathers what the walks of all entries find: each thing once, with the gravest effect. */
export class Report {
  readonly needed = new Map<string, Needed>();
  /** Findings about modules that the repository does not have: the file, relative to the context, that would be one. */
  readonly unversioned = new Map<ImageFinding, string>();
  readonly #findings = new Map<string, ImageFinding>();
  readonly #image: Simulated;
  readonly #firstParty: FirstParty;
  readonly #installed: Installed;

  constructor(image: Simulated, firstParty: FirstParty, installed: Installed) {
    this.#image = image;
    this.#firstParty = firstParty;
    this.#installed = installed;
  }

  findings(): ImageFinding[] {
    const order = { block: 0, warning: 1, note: 2 } as const;
    return [...this.#findings.values()].sort(
      (a, b) => order[a.level] - order[b.level] || gravity[b.effect ?? "degraded"] - gravity[a.effect ?? "degraded"],
    );
  }

  /** A file of the image as a person knows it: where it was copied from. */
  shown(file: string | null): string {
    return file === null ? "" : (this.#image.tree.origin(file) ?? file);
  }

  needs(name: string, file: string, { effect, chain }: Cause): void {
    const known = this.needed.get(name);
    if (!known || gravity[known.effect] < gravity[effect]) this.needed.set(name, { effect, chain, file });
  }

  missing(missing: Missing, cause: Cause, path: SearchPath): Told {
    const { name, why, parent } = missing;
    if (why === "beyond-top")
      return this.#fatal("image-module-missing", name, `${name} leads out of the top package`, cause);
    if (parent?.facts?.makesModules) return "unsure";
    if (why === "not-a-package") {
      const file = this.shown(parent?.file ?? null);
      return this.#fatal("image-module-missing", name, `${name} can't be: ${file} is a file, not a package`, cause);
    }
    const sources = this.#firstParty.sourcesOf(name);
    if (parent === null && !this.#isOurs(name, sources, cause.file)) return this.#thirdParty(name, cause);
    // An installed package may have a part of the same namespace.
    if (parent?.kind === "namespace" && sources.length === 0 && !this.#installed.nothing) return "unsure";
    if (why === "hidden")
      return this.#undetermined(
        name,
        `whether the image holds ${name} can't be told: the base image, or a command, may have brought it`,
        cause,
      );
    if (path.open && parent === null)
      return this.#undetermined(
        name,
        `whether ${name} is found can't be told: sys.path is changed by what can't be computed`,
        cause,
      );
    if (parent === null && this.#mayBeInstalled(name))
      return this.#undetermined(
        name,
        `${name} may be installed with a project of ${this.#installed.projects.join(", ")}, which is not followed`,
        cause,
      );
    this.#lacks({ name, sources, parent, cause, path });
    return "missing";
  }

  /** What an entry itself names. */
  missingEntry(missing: Missing, entry: Entry, path: SearchPath): void {
    const { name, why, parent } = missing;
    const sources = this.#firstParty.sourcesOf(name);
    const cause = startOf(entry);
    const foreign = parent === null && !this.#isOurs(name, sources, null) && !this.#installed.nothing;
    if (foreign && (this.#installed.known || always.has(name))) {
      if (entry.start.kind === "module") this.foreignProgram(name, entry);
      return void this.#thirdParty(name, cause);
    }
    const unsure = why === "hidden" || path.open || foreign || (parent === null && this.#mayBeInstalled(name));
    const fix = howToBring({ name, sources, folders: foldersOf(path, parent) }, this.#image);
    this.#startLacks(name, cause, unsure, fix);
  }

  /** `python -m` with a module that is not ours: what it is given may be code of ours, and is not looked into. */
  foreignProgram(name: string, { label, runs }: Entry): void {
    const top = name.split(".", 1)[0] ?? name;
    if (runs !== "surely" || always.has(top) || alone.has(top) || (standardModules.has(top) && !runners.has(top)))
      return;
    const message = `what ${label} starts is not known here`;
    const fix = "say what is started with --entry";
    this.#add({ ...this.#startLine(), code: "image-undetermined", level: "warning", message, fix }, message);
  }

  missingFile(path: string, entry: Entry): void {
    this.#startLacks(path, startOf(entry), this.#image.tree.mayHold(path), {});
  }

  #startLacks(module: string, cause: Cause, unsure: boolean, fix: { fix?: string }): void {
    const { effect: _, ...place } = this.#placed(cause);
    if (unsure) {
      const message = `whether the image holds ${module}, which it starts, can't be told`;
      return void this.#add({ code: "image-undetermined", level: "warning", message, module, ...place });
    }
    const when =
      cause.effect === "degraded"
        ? "starts; that is handled"
        : cause.conditional
          ? "starts under a condition"
          : "starts";
    const message = `the image lacks ${module}, which it ${when}`;
    this.#add({
      code: "image-entry-missing",
      level: levelOf(cause),
      effect: cause.effect,
      message,
      module,
      ...place,
      ...fix,
    });
  }

  /** `from package import name`, where the name is no attribute and no module of the package. */
  missingMember(missing: Missing, from: Loaded, name: string, cause: Cause, path: SearchPath): boolean {
    if (from.facts?.makesModules) return false;
    const dotted = `${from.name}.${name}`;
    const sources = this.#firstParty.sourcesOf(dotted);
    if (missing.why === "hidden") {
      this.#undetermined(
        dotted,
        `whether the image holds ${dotted} can't be told: the base image, or a command, may have brought it`,
        cause,
      );
      return false;
    }
    if (sources.length > 0) {
      this.#lacks({ name: dotted, sources, parent: from, cause, path });
      return true;
    }
    const sure = from.kind === "ours" || this.#installed.nothing;
    return sure && !from.facts?.open && this.missingName(from.name, name, from, cause);
  }

  missingName(module: string, name: string, from: Loaded, cause: Cause): boolean {
    const where = from.file === null ? "" : ` (${this.shown(from.file)})`;
    const message = `${module}${where} defines no ${name}`;
    const added = this.#add(this.#fatalFinding("image-name-missing", `${module}.${name}`, message, cause));
    this.#mayBeBuilt(added, from, name);
    return true;
  }

  mistake(name: string, file: string, { line, message }: Mistake, cause: Cause): void {
    this.#add({
      ...this.#placed(cause),
      code: "image-syntax-error",
      level: levelOf(cause),
      message: `${name} can't be loaded: ${message}`,
      module: name,
      importer: this.shown(file),
      line,
    });
  }

  unproven(module: Loaded, cause: Cause): void {
    const { effect: _, ...place } = this.#placed(cause);
    const message = `${module.name} imports a module whose name is computed`;
    this.#add({ ...place, code: "image-import-unproven", level: "note", message });
  }

  /** Whether a project was installed that has it, or that is out of sight. */
  #mayBeInstalled(name: string): boolean {
    const { projects, inProject } = this.#installed;
    return inProject(name) || projects.some((folder) => this.#image.tree.kind(folder) === null);
  }

  /** Whether a top-level name that was not found is the repository's, and not a package of the same name. */
  #isOurs(name: string, sources: readonly string[], importer: string | null): boolean {
    // What is installed may bring others with it, and a folder of that name may be its settings, or its patches.
    const doubtful = isWellKnown(name) && !this.#installed.nothing;
    const from = this.shown(importer);
    return sources.some((source) => {
      const folder = source.includes("/") ? source.slice(0, source.lastIndexOf("/")) : "";
      if (doubtful && !source.endsWith(".py") && !this.#firstParty.isPackage(source)) return false;
      if (doubtful && folder !== "" && !from.startsWith(`${folder}/`)) return false;
      const inPackage = folder !== "" && this.#firstParty.isPackage(folder);
      return !inPackage && !beside.test(source) && name !== "setup";
    });
  }

  #thirdParty(name: string, cause: Cause): Told {
    if (!this.#installed.known || always.has(name)) return "unsure";
    const place = this.#placed(cause);
    const message = `nothing that the image installs is known to bring ${name}`;
    const key = `requirement ${name}`;
    if (cause.effect !== "degraded" && !cause.conditional)
      this.#add({ ...place, code: "image-requirement-missing", level: "warning", message, module: name }, key);
    return this.#installed.nothing ? "missing" : "unsure";
  }

  #undetermined(name: string, message: string, cause: Cause): Told {
    const { effect: _, ...place } = this.#placed(cause);
    const key = `undetermined ${name}`;
    this.#add({ ...place, code: "image-undetermined", level: "warning", message, module: name }, key);
    return "unsure";
  }

  #lacks({
    name,
    sources,
    parent,
    cause,
    path,
  }: {
    name: string;
    sources: readonly string[];
    parent: Loaded | null;
    cause: Cause;
    path: SearchPath;
  }): void {
    const when =
      cause.effect === "request"
        ? ", which is imported when requests come"
        : cause.effect === "degraded"
          ? "; that is handled"
          : "";
    const maybe = cause.conditional && cause.effect !== "degraded" ? ", which is imported under a condition" : when;
    const fix = howToBring({ name, sources, folders: foldersOf(path, parent) }, this.#image);
    const finding = this.#fatalFinding("image-module-missing", name, `the image lacks ${name}${maybe}`, cause);
    const added = this.#add({ ...finding, ...fix });
    if (sources.length === 0) this.#mayBeBuilt(added, parent, name.split(".").at(-1) ?? name);
  }

  /** Keeps where a module of a package would be that the repository does not have: git may ignore it. */
  #mayBeBuilt(finding: ImageFinding | null, parent: Loaded | null, name: string): void {
    const origin = parent?.file && parent.path !== null ? this.#image.tree.origin(parent.file) : null;
    if (finding && origin) this.unversioned.set(finding, posix.join(posix.dirname(origin), `${name}.py`));
  }

  #fatal(code: ImageFinding["code"], name: string, message: string, cause: Cause): Told {
    this.#add(this.#fatalFinding(code, name, message, cause));
    return "missing";
  }

  #fatalFinding(code: ImageFinding["code"], name: string, message: string, cause: Cause): ImageFinding {
    return { ...this.#placed(cause), code, level: levelOf(cause), message, module: name };
  }

  #placed({ effect, file, line, chain }: Cause): Pick<ImageFinding, "effect" | "importer" | "line" | "chain"> {
    const place = file === null ? this.#startLine() : { importer: this.shown(file), line };
    return { effect, ...place, chain };
  }

  /** Where the Dockerfile says what is started. */
  #startLine(): { line?: number } {
    const line = this.#image.cmd?.line ?? this.#image.entrypoint?.line;
    return line === undefined ? {} : { line };
  }

  /** Keeps the graver of two that say the same. */
  #add(
    finding: ImageFinding,
    key = [finding.code, finding.module, finding.importer, finding.line].join("\n"),
  ): ImageFinding | null {
    const known = this.#findings.get(key);
    const graver = !known || rank(finding) > rank(known);
    if (!graver) return null;
    this.#findings.set(key, finding);
    return finding;
  }
}

/** What is handled, or stands under a condition that can't be decided, stops nothing. */
function levelOf({ effect, conditional }: Cause): "block" | "warning" {
  return effect === "degraded" || conditional ? "warning" : "block";
}

function rank({ level, effect }: ImageFinding): number {
  return { block: 20, warning: 10, note: 0 }[level] + gravity[effect ?? "degraded"];
}

/** Where a module would be looked for. */
function foldersOf({ items }: SearchPath, parent: Loaded | null): string[] {
  if (parent?.path) return [...parent.path];
  return items.filter((item) => typeof item === "string");
}

/** Folders whose files programs import by other means, or not at all. */
const beside = /(?:^|\/)(?:tests?|testing|examples?|docs?|benchmarks?|node_modules|site-packages|\.[^/]+)\//;

/** Modules of the standard library that run what they are given. */
const runners = new Set(["cProfile", "pdb", "profile", "runpy", "trace"]);

/** Well-known ones that fetch or install something, and run nothing of ours. */
const alone = new Set(["nltk", "playwright", "spacy"]);

/** What images of Python bring with it. */
const always = new Set([
  "pip",
  "setuptools",
  "pkg_resources",
  "wheel",
  "_distutils_hack",
  "site",
  "sitecustomize",
  "usercustomize",
]);
