import type { ArtifactFile } from "../../model/artifact.ts";

const modes = { "100644": "644", "100755": "755", "120000": "lnk" } as const;

/**
 * The list of an artifact's files as target.sh checks it: `<644|755|lnk> <sha256> <path>`, a line each. A path with
 * characters that a line or a shell's `read` would not keep is escaped for `printf %b`, and known by its backslashes.
 */
export function filesList(files: readonly ArtifactFile[]): string {
  return files.map((file) => `${modes[file.mode]} ${file.sha256} ${escapePath(file.path)}\n`).join("");
}

/** Escapes control characters, backslashes and spaces at the ends. */
export function escapePath(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
  return path.replace(/[\u0000-\u001f\u007f\\]|^ | $/g, octal);
}

/** The path that was escaped. */
export function unescapePath(escaped: string): string {
  return escaped.replace(/\\0([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function octal(character: string): string {
  return `\\0${character.charCodeAt(0).toString(8).padStart(3, "0")}`;
}
