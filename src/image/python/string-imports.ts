/** A module that is named by a text and not by an import statement. */
export interface StringImport {
  by:
    | "import_module"
    | "settings"
    | "settings-default"
    | "app"
    | "middleware"
    | "urls"
    | "root-urls"
    | "celery"
    | "server";
  /** The dotted module; null when it is computed. */
  module: string | null;
  /** The name that has to be in it; null when none has to. */
  name: string | null;
}

/**
 * The modules that a statement names by texts: importlib's import_module, Django's settings, Celery's task modules, an
 * application that a server is started with (docs.djangoproject.com, "Settings"; docs.celeryq.dev, "Configuration").
 */
export function stringImports(written: string): StringImport[] {
  if (!namesByText.test(written)) return [];
  return [...byImportlib(written), ...byDjango(written), ...byCelery(written), ...byServer(written)];
}

/** What a text has that names a module by a text. */
export const namesByText =
  /import_module|__import__|DJANGO_SETTINGS_MODULE|_APPS|MIDDLEWARE|ROOT_URLCONF|\binclude\s*[(=]|Celery|CELERY_IMPORTS|^imports\b|config_from_object|uvicorn\.run/m;

function byImportlib(written: string): StringImport[] {
  const calls = written.matchAll(/\b(?:import_module|__import__)\(\s*([^()]*)/g);
  return [...calls].flatMap(([, args = ""]): StringImport[] => {
    const [, , module, rest = ""] = /^(?:name\s*=\s*)?(["'])([\w.]+)\1\s*(.*)$/s.exec(args) ?? [];
    if (module === undefined) return args.trim() === "" ? [] : [{ by: "import_module", module: null, name: null }];
    const relative = module.startsWith(".");
    const own = /__package__|__name__/.test(rest);
    const [, , base] = /(["'])([\w.]+)\1/.exec(rest) ?? [];
    if (!relative) return [{ by: "import_module", module, name: null }];
    if (base !== undefined) return [{ by: "import_module", module: base + module, name: null }];
    return [{ by: "import_module", module: own ? module : null, name: null }];
  });
}

function byDjango(written: string): StringImport[] {
  const [, , settings] = /DJANGO_SETTINGS_MODULE["']?\]?\s*[,=]\s*(["'])([\w.]+)\1/.exec(written) ?? [];
  const [, list] = appLists.exec(written) ?? [];
  const [, middleware] = /^MIDDLEWARE\b[^=]*\+?=(.*)$/s.exec(written) ?? [];
  const [, , urls] = /^ROOT_URLCONF\s*=\s*(["'])([\w.]+)\1/.exec(written) ?? [];
  return [
    ...named(/\bsetdefault\(/.test(written) ? "settings-default" : "settings", settings),
    ...textsOf(list).map((module): StringImport => ({ by: "app", module, name: null })),
    ...textsOf(middleware).map((path): StringImport => {
      const dot = path.lastIndexOf(".");
      return { by: "middleware", module: path.slice(0, Math.max(dot, 0)), name: path.slice(dot + 1) };
    }),
    ...named("root-urls", urls),
    ...[...written.matchAll(/\binclude\(\s*\(?\s*(["'])([\w.]+)\1/g)].flatMap(([, , module]) => named("urls", module)),
  ];
}

/** What settings put together: lists of other names may be for tests, or for developers. */
const appLists =
  /^(?:INSTALLED|LOCAL|PROJECT|OWN|MY|CUSTOM|BASE|CORE|DEFAULT|DJANGO|THIRD_PARTY|SHARED|TENANT)_APPS\b[^=]*\+?=(.*)$/s;

function byCelery(written: string): StringImport[] {
  const inCall = /\bCelery\(/.test(written) ? /\binclude\s*=\s*[[(]([^\])]*)/s.exec(written)?.[1] : undefined;
  const setting = /^(?:CELERY_IMPORTS|imports)\s*=\s*(.*)$/s.exec(written)?.[1];
  const [, , config] = /config_from_object\(\s*(["'])([\w.]+)\1/.exec(written) ?? [];
  return [
    ...[...textsOf(inCall), ...textsOf(setting)].map((module): StringImport => ({ by: "celery", module, name: null })),
    ...(config === undefined || config.startsWith("django.") ? [] : named("celery", config)),
  ];
}

function byServer(written: string): StringImport[] {
  const [, , module, name] = /\buvicorn\.run\(\s*(?:app\s*=\s*)?(["'])([\w.]+):(\w+)[^"']*\1/.exec(written) ?? [];
  return module === undefined ? [] : [{ by: "server", module, name: name ?? null }];
}

function named(by: StringImport["by"], module: string | undefined): StringImport[] {
  return module === undefined ? [] : [{ by, module, name: null }];
}

function textsOf(list: string | undefined): string[] {
  if (list === undefined) return [];
  const plain = list.replace(/#[^\n]*/g, "");
  return [...plain.matchAll(/(["'])([A-Za-z_][\w.]*)\1/g)].flatMap(([, , text]) => text ?? []);
}
