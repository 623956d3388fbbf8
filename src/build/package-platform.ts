import type { Artifact, NativeFile, Wheel } from "../model/artifact.ts";
import type { Finding } from "../model/finding.ts";
import { groupOf, packageOf, pythonFolder, pythonTag } from "./package-paths.ts";

/** Where a package is to run, in Lambda's words. */
export interface Platform {
  /** Such as python3.10. Without any, only systems and processors are compared. */
  runtimes: readonly string[];
  /** x86_64 or arm64. Without any: x86_64, which is Lambda's own default. */
  architectures: readonly string[];
}

/** One runtime on one processor. */
interface Place {
  /** The runtime's name and the processor's. */
  name: string;
  architecture: string;
  /** Of a Python runtime 3.N: N. */
  python: number | null;
  /** Its C library is glibc 2.N: N. Null when that is not known. */
  glibc: number | null;
}

/**
 * What of a package cannot be loaded where it is to run: native files for another processor, system, Python or C library, and
 * wheels with such tags. One finding (`wrong-platform`) per folder and reason. A block where it can't work; a warning where the
 * folder also holds what does, because a package may bring files for several systems and choose among them.
 */
export function checkPlatform(
  component: string,
  { natives = [], wheels = [] }: Pick<Artifact, "natives" | "wheels">,
  platform: Platform,
): Finding[] {
  const places = placesOf(platform);
  const misfits = [...nativeMisfits(natives, places), ...wheelMisfits(wheels, places)];
  return [...Map.groupBy(misfits, ({ where, reason }) => `${where}\0${reason}`).values()].map((same) => {
    const { path, where, reason } = same[0] as Misfit;
    const paths = new Set(same.map((misfit) => misfit.path));
    const others = paths.size > 1 ? ` (and ${paths.size - 1} more in ${where})` : "";
    const level = same.some((misfit) => misfit.certain) ? "block" : "warning";
    return { code: "wrong-platform", level, component, message: `${path} ${reason}${others}` };
  });
}

interface Misfit {
  path: string;
  /** The package that it is a part of. */
  where: string;
  reason: string;
  /** False where it may be meant for another system, beside one for this. */
  certain: boolean;
}

function placesOf({ runtimes, architectures }: Platform): Place[] {
  const processors = architectures.length > 0 ? architectures : ["x86_64"];
  return (runtimes.length > 0 ? runtimes : [""]).flatMap((runtime) =>
    processors.map((architecture) => ({
      name: runtime === "" ? architecture : `${runtime} on ${architecture}`,
      architecture,
      python: minorOf(runtime),
      glibc: glibcOf(runtime),
    })),
  );
}

function minorOf(runtime: string): number | null {
  const [, minor] = /^python3\.(\d+)$/.exec(runtime) ?? [];
  return minor === undefined ? null : Number(minor);
}

/**
 * Amazon Linux 2 has glibc 2.26, Amazon Linux 2023 has 2.34. Which runtime is on which:
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
function glibcOf(runtime: string): number | null {
  if (
    /^(python3\.([89]|1[01])|nodejs1[0-8]\.x|java(8\.al2|11|17)|ruby(2\.7|3\.2)|provided\.al2|dotnet6)$/.test(runtime)
  )
    return 26;
  if (/^(python3\.1[2-4]|nodejs2[0-4]\.x|java2[15]|ruby3\.[34]|provided\.al2023|dotnet(8|10))$/.test(runtime))
    return 34;
  return null;
}

function nativeMisfits(natives: readonly NativeFile[], places: readonly Place[]): Misfit[] {
  const groups = [...Map.groupBy(natives, ({ path }) => groupOf(path)).values()].filter(
    (group) => !group.every(neverLoaded),
  );
  return places.flatMap((place) => {
    const judged = groups
      .filter((group) => group.some(({ path }) => concerns(path, place)))
      .map((group) => ({ group, reasons: group.map((native) => misfit(native, place)) }));
    const good = judged
      .filter(({ reasons }) => reasons.includes(null))
      .map(({ group }) => packageOf(group[0]?.path ?? ""));
    return judged
      .filter(({ reasons }) => !reasons.includes(null))
      .map(({ group, reasons }) => {
        const path = group[0]?.path ?? "";
        const where = packageOf(path);
        const { reason = "", elsewhere = false } = reasons[0] ?? {};
        return { path, where, reason, certain: !elsewhere || !good.includes(where) };
      });
  });
}

/** Launchers and libraries that only Windows or macOS would look for. */
function neverLoaded({ path, system }: NativeFile): boolean {
  return system !== "linux" && /\.(exe|dll|dylib)$/i.test(path);
}

/** A folder of one Python's is looked into by that one alone. */
function concerns(path: string, place: Place): boolean {
  const folder = pythonFolder(path);
  return folder === null || place.python === null || folder === place.python;
}

/** Why a file cannot be loaded at a place; null: it can. `elsewhere`: it is for another system or processor. */
function misfit(native: NativeFile, place: Place): { reason: string; elsewhere: boolean } | null {
  const { system, machines, libc, path } = native;
  const names = { linux: "Linux", macos: "macOS", windows: "Windows" };
  const elsewhere = (what: string) => ({
    reason: `is for ${what}, and this is to run on ${place.name}`,
    elsewhere: true,
  });
  if (system !== "linux") return elsewhere(`${names[system]} (${machines.join(", ")})`);
  if (!machines.includes(place.architecture)) return elsewhere(machines.join(", "));
  if (libc === "musl") return elsewhere("musl, another C library");
  const sure = (reason: string) => ({ reason, elsewhere: false });
  const tag = pythonTag(path);
  if (place.python !== null && tag !== null && tag !== `cp3${place.python}`)
    return sure(`is for ${tag}, and this is to run on ${place.name}`);
  const asked = Number(libc?.slice(2) ?? 0);
  if (place.glibc !== null && asked > place.glibc)
    return sure(`asks for glibc ${libc}, and ${place.name} has 2.${place.glibc}`);
  return null;
}

function wheelMisfits(wheels: readonly Wheel[], places: readonly Place[]): Misfit[] {
  return places.flatMap((place) =>
    wheels
      .filter(({ path, tags }) => tags.length > 0 && concerns(path, place))
      .filter(({ tags }) => place.python !== null && !tags.some((tag) => takes(tag, place)))
      .map(({ path, tags }) => {
        const where = path.replace(/\/WHEEL$/, "");
        const reason = `was installed from a wheel for ${tags.join(", ")}, and this is to run on ${place.name}`;
        return { path: where, where, reason, certain: true };
      }),
  );
}

/** Whether a place takes wheels of a tag: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/ */
function takes(tag: string, { python, architecture, glibc }: Place): boolean {
  const [language = "", abi = "", platform = ""] = tag.split("-");
  const [, kind, minor = ""] = /^(py|cp)3(\d*)$/.exec(language) ?? [];
  if (kind === undefined || python === null) return false;
  const exact = kind === "cp" && abi !== "abi3" && abi !== "none";
  if (exact ? Number(minor) !== python || abi !== `cp3${minor}` : minor !== "" && Number(minor) > python) return false;
  if (platform === "any") return true;
  const machine = architecture === "arm64" ? "aarch64" : architecture;
  if (!platform.endsWith(`_${machine}`)) return false;
  const [, least] = /^manylinux_2_(\d+)_/.exec(platform) ?? [];
  if (least !== undefined) return glibc === null || Number(least) <= glibc;
  return /^(manylinux(1|2010|2014)|linux)_/.test(platform);
}
