/**
 * Whether a file differs from build to build, tells of the build's place and is needed by nothing that runs: compiled Python
 * (it holds times and paths, and Lambda compiles again), pip's record of what it installed where and from, npm's own.
 */
export function isNoise(path: string): boolean {
  return noise.some((pattern) => pattern.test(path));
}

const noise = [
  /(^|\/)__pycache__\//,
  /\.py[co]$/,
  // https://packaging.python.org/en/latest/specifications/recording-installed-packages/
  /\.dist-info\/(RECORD(\.jws|\.p7s)?|INSTALLER|REQUESTED|direct_url\.json|uv_cache\.json|uv_build\.json)$/,
  // The addresses of the mirror that packages came from.
  /(^|\/)node_modules\/\.(package-lock\.json|yarn-integrity|modules\.yaml)$/,
  /(^|\/)\.DS_Store$/,
];

const longest = 4096;

/**
 * A script that a Python installer wrote names the interpreter of the machine that built it, which is nowhere on Lambda.
 * It is given the interpreter that the PATH has there. Anything else is left as it is.
 */
export function withPlainInterpreter(content: Buffer): Buffer {
  if (content[0] !== 0x23 || content[1] !== 0x21) return content;
  const head = content.subarray(0, longest).toString("latin1");
  const [named] = ownInterpreter.exec(head) ?? throughShell.exec(head) ?? [];
  if (named === undefined) return content;
  return Buffer.concat([Buffer.from("#!/usr/bin/env python3\n"), content.subarray(named.length)]);
}

/** Options after it go too: `env` takes the rest of the line for one name. */
const ownInterpreter = /^#!"?\/[^\n"]*?\/python[0-9.]*"?([ \t][^\n]*)?\r?\n/;
/** What pip writes when the interpreter's path is too long for the kernel or has a blank. */
const throughShell = /^#!\/bin\/sh\n'''exec' "?\/[^\n"]*\/python[0-9.]*"? "\$0" "\$@"\n' '''\n/;
