import type { Block } from "./block.ts";
import type { Happening } from "./facts.ts";
import { atRequest, type Cause, type Loaded } from "./loaded.ts";

/** What following such a name takes of the walk through the modules. */
export interface Steps {
  /** Whether a worker of Celery is started, which loads what Celery is told to include. */
  worker: boolean;
  /** DJANGO_SETTINGS_MODULE of the image; null: not known. */
  settings: string | null | undefined;
  /** Loads a module; gives whether that fails. */
  require(name: string, cause: Cause, block: Block | null): boolean;
  /** Gives whether a name can't be had from a module. */
  takesName(name: string, from: Loaded, cause: Cause): boolean;
  /** The absolute name of one that may begin with dots. */
  absolute(name: string, module: Loaded): string;
  loaded(name: string): Loaded | undefined;
  /** Whether a package's folders hold a module. */
  holds(name: string, path: readonly string[]): boolean;
  /** Does something when everything that loads first is loaded. */
  later(work: () => void): void;
  unproven(module: Loaded, cause: Cause): void;
}

type Named = Happening & { what: "string-import" };

/** Follows modules that are named by texts and not by import statements: see string-imports.ts. */
export class NamedByText {
  readonly #steps: Steps;
  /** The module of Django's settings, once it was named. */
  #settings: string | null = null;

  constructor(steps: Steps) {
    this.#steps = steps;
  }

  /** Gives whether it fails for sure. */
  follow(named: Named, module: Loaded, cause: Cause): boolean {
    const steps = this.#steps;
    const { by, module: name, block } = named;
    if (name === null) {
      steps.unproven(module, cause);
      return false;
    }
    if (by === "import_module" || by === "server") {
      const absolute = steps.absolute(name, module);
      const failed = steps.require(absolute, cause, block);
      const loaded = steps.loaded(absolute);
      return failed || (named.name !== null && loaded?.kind === "ours" && steps.takesName(named.name, loaded, cause));
    }
    if (by === "settings" || by === "settings-default") return this.#chooseSettings(name, named, cause);
    if (by === "celery") return steps.worker && steps.require(name, cause, block);
    if (by === "urls") return steps.require(name, atRequest(cause), block);
    // The others are settings, and only in the module of the settings.
    if (this.#settings === null || !module.name.startsWith(this.#settings.split(".")[0] ?? "")) return false;
    if (by === "root-urls") {
      steps.later(() => steps.require(name, atRequest(cause), block));
      return false;
    }
    return by === "app" ? this.#loadApp(name, cause, block) : steps.require(name, cause, block);
  }

  /** Django takes its settings from the environment where no module names them. */
  useEnvironment(cause: Cause): void {
    if (this.#settings === null && this.#steps.settings) this.#loadSettings(this.#steps.settings, cause, null);
  }

  /** A default gives way to what the environment says. */
  #chooseSettings(name: string, { by, block }: Named, cause: Cause): boolean {
    const given = by === "settings-default" ? this.#steps.settings : undefined;
    return given !== null && this.#loadSettings(given || name, cause, block);
  }

  #loadSettings(name: string, cause: Cause, block: Block | null): boolean {
    this.#settings = name;
    return this.#steps.require(name, cause, block);
  }

  /** An app of Django is a package, or the dotted path of its configuration class; its models are loaded with it. */
  #loadApp(name: string, cause: Cause, block: Block | null): boolean {
    const { require, loaded, holds } = this.#steps;
    const isClass = /^[A-Z]/.test(name.split(".").at(-1) ?? "");
    const module = isClass ? name.slice(0, name.lastIndexOf(".")) : name;
    if (require(module, cause, block)) return true;
    const app = isClass ? module.replace(/\.apps$/, "") : module;
    const found = loaded(app);
    if (found?.kind !== "ours" || found.path === null) return false;
    for (const each of ["apps", "models"]) if (holds(each, found.path)) require(`${app}.${each}`, cause, block);
    return false;
  }
}
