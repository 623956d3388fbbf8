/**
 * The Python that an extension module's name is for, such as cp310; null when it fits any or does not say.
 * The forms: https://peps.python.org/pep-3149/ and, on Windows, cp310-win_amd64.
 */
export function pythonTag(path: string): string | null {
  const [, implementation = "", version = ""] =
    /\.(cpython-|cp|pypy)(\d+[a-z]*)[^./]*\.(?:so|pyd)$/.exec(path.slice(path.lastIndexOf("/") + 1)) ?? [];
  if (implementation === "") return null;
  return implementation === "pypy" ? `PyPy ${version}` : `cp${version}`;
}

/** The Python 3.N whose own folder a path is in (`python/lib/python3.N/site-packages`): N. Null: any Python looks there. */
export function pythonFolder(path: string): number | null {
  const [, minor] = /^python\/lib\/python3\.(\d+)\//.exec(path) ?? [];
  return minor === undefined ? null : Number(minor);
}

const systems = "linux|linuxmusl|darwin|macos|macosx|win32|win|windows|freebsd|android";
const processors = "x64|x86_64|amd64|arm64|aarch64|ia32|i686|x86|armv7l?|arm|universal2?|ppc64le|s390x|riscv64";
const platformName = new RegExp(
  `(?<![a-z])(${systems})([-_](${processors}))?([-_](gnu|musl|msvc)[a-z]*)?(?![a-z])`,
  "gi",
);

/** What one module, library or program has for all platforms: the path without the words that tell them apart. */
export function groupOf(path: string): string {
  return path
    .replace(/\.(cpython-|cp|pypy|abi3)[^./]*(\.[^./]*)?(?=\.(so|pyd)$)/, "")
    .replace(/\.(so|pyd|dylib|dll|exe)$/i, "")
    .replace(platformName, "*");
}

/** The package that a file of a layer is a part of: `python/numpy`, `nodejs/node_modules/@scope/name`; else its folder. */
export function packageOf(path: string): string {
  const [found] = /^python\/lib\/python3\.\d+\/site-packages\/[^/]+/.exec(path) ??
    /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ??
    /^python\/[^/]+/.exec(path) ?? [path.split("/").slice(0, 2).join("/")];
  return found ?? path;
}
