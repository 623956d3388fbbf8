import type { Simulated } from "../image-tree.ts";
import type { Entry } from "../language.ts";
import type { Block } from "./block.ts";
import { decode } from "./decode.ts";
import { boundBy, type Happening, isAtLoad, readModule } from "./facts.ts";
import type { Import } from "./imports.ts";
import { atRequest, type Cause, type Loaded, type Missing, startOf } from "./loaded.ts";
import { NamedByText, type Steps } from "./named-by-text.ts";
import { changePath, type SearchPath } from "./path.ts";
import { pathFiles } from "./pth.ts";
import { isForTypes, type Reach, reachOf } from "./reach.ts";
import type { Report } from "./report.ts";
import type { Installed } from "./requirements.ts";
import { Finder, installed as sitePackages, standard } from "./resolve.ts";

/** So many modules that load each other are followed at once; Python gives up at less. What is deeper is followed afterwards. */
const deepest = 300;

/** Linux, PATH_MAX: no file of a longer name can be there. */
const longestName = 4096;

type Outcome = { loaded: Loaded } | { missing: Missing };

/** Follows what an entry imports, in the order in which Python would, and tells the report. Gives the folders that were searched. */
export function follow(entry: Entry, image: Simulated, installed: Installed, report: Report): string[] {
  const walk = new Walk(entry, image, installed, report);
  walk.start();
  return walk.folders();
}

/** How grave it is when a module is missing: a module is followed again when a graver cause turns up. */
function weightOf({ effect, conditional }: Cause): number {
  return { boot: 4, request: 2, degraded: 0 }[effect] + (conditional ? 0 : 1);
}

class Walk {
  readonly #entry: Entry;
  readonly #image: Simulated;
  readonly #installed: Installed;
  readonly #report: Report;
  readonly #finder: Finder;
  readonly #path: SearchPath;
  readonly #modules = new Map<string, Loaded>();
  readonly #failed = new Set<Block>();
  readonly #unsure = new Set<Block>();
  /** What runs when requests come, in the order in which it was met. */
  #later: (() => void)[] = [];
  /** How many modules are being loaded, each by the one before. */
  #depth = 0;
  readonly #version: readonly [number, number] | null;
  readonly #named: NamedByText;

  constructor(entry: Entry, image: Simulated, installed: Installed, report: Report) {
    this.#entry = entry;
    this.#image = image;
    this.#installed = installed;
    this.#report = report;
    this.#finder = new Finder(image.tree, (name) => installed.brings(name));
    const present = installed.folders.filter((folder) => image.tree.kind(folder) === "directory");
    const named = pathFiles(image);
    this.#path = {
      items: [...entry.path, standard, sitePackages, ...present, ...named.folders],
      open: entry.pathOpen || named.open,
      cwd: entry.cwd,
    };
    const [, major, minor] = /(?:^|\/)python:(\d+)\.(\d+)/.exec(image.base ?? "") ?? [];
    this.#named = new NamedByText(this.#steps());
    this.#version = major === undefined || minor === undefined ? null : [Number(major), Number(minor)];
  }

  /** What following a name in a text takes of the walk. */
  #steps(): Steps {
    return {
      worker: this.#entry.worker,
      settings: this.#image.env.DJANGO_SETTINGS_MODULE,
      require: (name, cause, block) => this.#require(name, cause, block),
      takesName: (name, from, cause) => this.#takesName(name, from, cause),
      absolute: (name, module) => (name.startsWith(".") ? this.#relative(name, module) : name),
      loaded: (name) => this.#modules.get(name),
      holds: (name, path) => this.#finder.below(name, path).as === "file",
      later: (work) => this.#later.push(work),
      unproven: (module, cause) => this.#report.unproven(module, cause),
    };
  }

  start(): void {
    const { start, label } = this.#entry;
    const cause: Cause = { ...startOf(this.#entry), chain: [] };
    if (start.kind === "file" && this.#image.tree.kind(start.path) !== "file")
      this.#report.missingFile(start.path, this.#entry);
    else if (start.kind === "file") this.#runFile(start.path, cause);
    else if (start.kind === "module") this.#runModule(start.name, cause);
    else this.#loadApp(start.module, start.attribute, start.called, cause, label);
    if (this.#modules.has("django")) this.#named.useEnvironment({ ...cause, chain: [label] });
    for (let later = this.#later.shift(); later; later = this.#later.shift()) later();
  }

  folders(): string[] {
    return this.#path.items.filter((item) => typeof item === "string");
  }

  #runFile(file: string, cause: Cause): void {
    // It runs as `__main__`, and is loaded a second time by whoever imports it by its name.
    this.#run(this.#read("__main__", file, null, cause), cause, true);
  }

  #runModule(name: string, cause: Cause): void {
    const outcome = this.#load(name, cause);
    if ("missing" in outcome) return void this.#report.missingEntry(outcome.missing, this.#entry, this.#path);
    if (outcome.loaded.kind === "foreign") return void this.#report.foreignProgram(name, this.#entry);
    const isPackage = outcome.loaded.path !== null;
    const main = isPackage ? this.#load(`${name}.__main__`, cause) : outcome;
    if ("missing" in main) return void this.#report.missingEntry(main.missing, this.#entry, this.#path);
    if (main.loaded.kind !== "ours" || main.loaded.file === null) return;
    const { file, inPackage } = main.loaded;
    this.#run({ ...this.#read("__main__", file, null, cause), inPackage }, cause, true);
  }

  #loadApp(module: string, attribute: string | null, called: boolean, cause: Cause, label: string): void {
    const functions = attribute === null ? ["create_app", "make_app"] : [attribute];
    const outcome = this.#load(module, cause, called ? functions : []);
    if ("missing" in outcome) return void this.#report.missingEntry(outcome.missing, this.#entry, this.#path);
    const { facts, bound } = outcome.loaded;
    if (attribute === null || !facts || facts.open || facts.mistake) return;
    if (!facts.names.has(attribute) && !bound.has(attribute))
      this.#report.missingName(module, attribute, outcome.loaded, { ...cause, chain: [label] });
  }

  /** Loads a module with all packages above it. `called`: functions of it that are called afterwards. */
  #load(name: string, cause: Cause, called: readonly string[] = []): Outcome {
    const known = this.#modules.get(name);
    if (known?.kind === "ours" && known.weight >= weightOf(cause)) return { loaded: known };
    if (name.length > longestName) return { missing: { name: `${name.slice(0, 40)}…`, why: "absent", parent: null } };
    const dot = name.lastIndexOf(".");
    let parent: Loaded | null = null;
    if (dot > 0) {
      const outcome = this.#load(name.slice(0, dot), cause);
      if ("missing" in outcome) return outcome;
      parent = outcome.loaded;
      // The package's own code may have loaded it meanwhile.
      const now = this.#modules.get(name);
      if (now?.kind === "ours" && now.weight >= weightOf(cause)) return { loaded: now };
      if (parent.kind === "foreign" || parent.kind === "binary") return { loaded: foreign(name) };
      if (parent.path === null) return { missing: { name, why: "not-a-package", parent } };
    }
    if (known && known.kind !== "ours") return { loaded: known };
    const last = name.slice(dot + 1);
    const found = parent?.path ? this.#finder.below(last, parent.path) : this.#finder.top(last, this.#path.items);
    if (found.as === "absent") {
      const mixed = parent?.kind === "namespace" && this.#installed.brings(name.split(".")[0] ?? "");
      if (mixed) return { loaded: foreign(name) };
      return { missing: { name, why: found.hidden ? "hidden" : "absent", parent } };
    }
    if (found.as === "foreign") return { loaded: this.#keep(foreign(name)) };
    if (found.as === "binary") return { loaded: this.#keep({ ...foreign(name), kind: "binary", file: found.file }) };
    if (found.as === "namespace") {
      const loaded = this.#keep({ ...foreign(name), kind: "namespace", path: found.path });
      return { loaded };
    }
    const loaded = this.#keep(known ?? this.#read(name, found.file, found.path, cause));
    loaded.weight = weightOf(cause);
    for (const each of called) loaded.facts?.call(each);
    this.#report.needs(name, found.file, cause);
    if (this.#depth === deepest) this.#later.push(() => this.#run(loaded, cause, false));
    else {
      this.#depth += 1;
      this.#run(loaded, cause, false);
      this.#depth -= 1;
    }
    return { loaded };
  }

  #keep(loaded: Loaded): Loaded {
    this.#modules.set(loaded.name, loaded);
    return loaded;
  }

  #read(name: string, file: string, path: readonly string[] | null, cause: Cause): Loaded {
    const bytes = this.#image.tree.read(file);
    const decoded = bytes === null ? null : decode(bytes);
    const facts = decoded?.text === null || decoded === null ? null : readModule(decoded.text);
    const mistake = decoded?.mistake ?? facts?.mistake ?? null;
    if (mistake) this.#report.mistake(name, file, mistake, cause);
    return {
      name,
      inPackage: path === null ? packageOf(name) : name,
      file,
      path,
      facts,
      kind: "ours",
      weight: weightOf(cause),
      bound: new Set(),
      fails: mistake !== null,
    };
  }

  /** Does what the module's code does when it is loaded; what functions do is put off. */
  #run(module: Loaded, cause: Cause, isMain: boolean): void {
    const { facts } = module;
    // Python does nothing of a file that it does not accept.
    if (!facts || facts.mistake) return;
    const world = {
      isMain,
      version: this.#version,
      runsAtLoad: (header: Block) => facts.runsAtLoad(header),
      raises: (handler: Block) => facts.raises(handler),
    };
    for (const happening of facts.happenings) {
      if (happening.what === "import" && this.#isForeign(happening.import)) {
        bindIn(module, happening.import);
        continue;
      }
      const block = happening.what === "import" ? happening.import.block : happening.block;
      const reach = reachOf(block, world);
      if (reach.when === "never") {
        // What type checkers are told to be there is often put there by another module.
        if (happening.what === "import" && isForTypes(block)) bindIn(module, happening.import);
        continue;
      }
      if (happening.what === "path") this.#changePath(happening, module);
      else if (reach.when === "load") {
        if (this.#happen(happening, module, reach, cause)) module.fails = true;
      } else this.#later.push(() => this.#happen(happening, module, reach, atRequest(cause)));
    }
  }

  /** Whether an import is of what every image of Python has: most are. */
  #isForeign({ form, level, module, names }: Import): boolean {
    if (level > 0) return false;
    const wanted = form === "from" ? [module] : names.map(({ name }) => name);
    return wanted.every((name) => {
      const top = name.split(".", 1)[0] ?? name;
      const known = this.#modules.get(top);
      if (known) return known.kind === "foreign";
      return this.#finder.top(top, this.#path.items).as === "foreign" && this.#keep(foreign(top)).kind === "foreign";
    });
  }

  #changePath({ text }: Happening & { what: "path" }, module: Loaded): void {
    const file = module.file ?? "";
    changePath(text, this.#path, {
      file,
      cwd: this.#entry.cwd,
      env: (name) => (Object.hasOwn(this.#image.env, name) ? this.#image.env[name] : undefined),
      variable: (name) => module.facts?.variable(name) ?? null,
    });
  }

  /** Gives whether the module's own loading fails by it. */
  #happen(happening: Happening, module: Loaded, reach: Reach, before: Cause): boolean {
    const line = happening.what === "import" ? happening.import.line : happening.line;
    const fallback = reach.fallbackOf;
    // A handler runs when what it handles failed, and not otherwise.
    if (fallback && this.#hasImports(fallback, module) && !this.#failed.has(fallback) && !this.#unsure.has(fallback))
      return false;
    const conditional = before.conditional || reach.conditional || (fallback !== null && !this.#failed.has(fallback));
    const effect = reach.guard ? "degraded" : before.effect;
    const link = `${module.name} (${this.#report.shown(module.file)}:${line})`;
    const cause: Cause = { effect, conditional, chain: [...before.chain, link], file: module.file, line };
    const fails =
      happening.what === "import"
        ? this.#import(happening.import, module, cause)
        : happening.what === "string-import" && this.#named.follow(happening, module, cause);
    if (happening.what === "import" && (!fails || conditional)) bindIn(module, happening.import);
    if (fails && reach.guard) this.#failed.add(reach.guard);
    return fails && reach.guard === null && !conditional;
  }

  #hasImports(guard: Block, module: Loaded): boolean {
    return (module.facts?.happenings ?? []).some((happening) => {
      for (let at = happening.what === "import" ? happening.import.block : null; at !== null; at = at.parent)
        if (at === guard) return true;
      return false;
    });
  }

  /** Gives whether it fails for sure. What may come from a package that nobody named leaves the guard unsure. */
  #import(statement: Import, module: Loaded, cause: Cause): boolean {
    if (statement.form === "import") {
      const failed = statement.names.map(({ name }) => this.#require(name, cause, statement.block));
      return failed.includes(true);
    }
    const base = this.#baseOf(statement, module);
    if (base === null) {
      this.#report.missing(
        { name: `${".".repeat(statement.level)}${statement.module}`, why: "beyond-top", parent: null },
        cause,
        this.#path,
      );
      return true;
    }
    if (this.#require(base, cause, statement.block)) return true;
    const loaded = this.#modules.get(base);
    if (!loaded || loaded.kind === "foreign" || loaded.kind === "binary") return false;
    const failed = statement.names.map(({ name }) => this.#takesName(name, loaded, cause, loaded === module));
    return failed.includes(true);
  }

  /** The absolute name of what `from` names; null when it leads out of the top package. */
  #baseOf({ level, module }: Import, importer: Loaded): string | null {
    if (level === 0) return module;
    const here = importer.inPackage === "" ? [] : importer.inPackage.split(".");
    const up = here.slice(0, here.length - (level - 1));
    if (here.length === 0 || here.length < level) return null;
    return [...up, ...(module === "" ? [] : [module])].join(".");
  }

  /** Whether a module is missing. */
  #require(name: string, cause: Cause, block: Block | null): boolean {
    const outcome = this.#load(name, cause);
    if ("loaded" in outcome) return this.#failsOnTheWay(name);
    const told = this.#report.missing(outcome.missing, cause, this.#path);
    if (told !== "missing") {
      for (let at = block; at !== null; at = at.parent) if (at.kind === "try") this.#unsure.add(at);
      return false;
    }
    return true;
  }

  /** Whether a module that is there, or a package above it, can't be loaded. */
  #failsOnTheWay(name: string): boolean {
    const parts = name.split(".");
    return parts.some((_, index) => this.#modules.get(parts.slice(0, index + 1).join("."))?.fails === true);
  }

  /** Gives whether a name can't be had from a module. `itself`: it asks itself, for what this very import would bind. */
  #takesName(name: string, from: Loaded, cause: Cause, itself = false): boolean {
    if (name === "*" || /^__\w+__$/.test(name)) return false;
    const { facts } = from;
    if ((facts?.names.get(name) ?? 0) > (itself ? 1 : 0) || from.bound.has(name)) return false;
    if (from.path === null) {
      if (!facts || facts.open || facts.mistake) return false;
      return this.#report.missingName(from.name, name, from, cause);
    }
    const outcome = this.#load(`${from.name}.${name}`, cause);
    if ("loaded" in outcome) return outcome.loaded.fails;
    if (outcome.missing.name !== `${from.name}.${name}` || facts?.mistake) return false;
    if (from.kind === "ours" && !facts) return false;
    return this.#report.missingMember(outcome.missing, from, name, cause, this.#path);
  }

  /** `.name` as importlib takes it, from the package of a module. */
  #relative(name: string, module: Loaded): string {
    const dots = /^\.+/.exec(name)?.[0].length ?? 0;
    return (
      this.#baseOf({ form: "from", module: name.slice(dots), level: dots, names: [], line: 0, block: null }, module) ??
      name
    );
  }
}

/** What an import outside of functions binds is the module's. */
function bindIn(module: Loaded, statement: Import): void {
  if (isAtLoad(statement.block)) for (const name of boundBy(statement)) module.bound.add(name);
}

function packageOf(name: string): string {
  return name.slice(0, Math.max(name.lastIndexOf("."), 0));
}

function foreign(name: string): Loaded {
  return {
    name,
    inPackage: packageOf(name),
    file: null,
    path: null,
    facts: null,
    kind: "foreign",
    weight: 9,
    bound: new Set(),
    fails: false,
  };
}
