import { z } from "zod";

/**
 * Whether a text is a git repository's address that can be fetched from without running anything else: https, ssh,
 * user@host:path, git, file, or a path of this machine. No helpers (`ext::`), no options, and no password: secrets never
 * stand in the manifest.
 */
export function isGitAddress(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
  if (text.startsWith("-") || /[\u0000-\u001f\u007f]/.test(text)) return false;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1];
  if (scheme === undefined) return isShortAddress(text) || isPath(text);
  if (scheme === "file") return text.length > "file://".length;
  const url = URL.parse(text);
  if (url === null || !/^[A-Za-z0-9[]/.test(url.hostname) || url.password !== "") return false;
  return scheme === "ssh"
    ? /^([A-Za-z0-9_][A-Za-z0-9._-]*)?$/.test(url.username)
    : isOpen(scheme) && url.username === "";
}

/** An address for git, as the manifest holds it. */
export const gitAddress = () =>
  z.string().refine(isGitAddress, {
    error:
      "must be a repository's address, without a password: https://…, ssh://…, user@host:path, git://…, file://… or a path",
  });

/** A branch, a tag, a full commit id, or `HEAD`. */
export const gitRef = () =>
  z.string().refine((ref) => /^[^\s~^:?*[\\-][^\s~^:?*[\\]*$/.test(ref) && !/\.\.|@\{|\$\{|\/$/.test(ref), {
    error: "must be a branch, a tag or a full commit id",
  });

const isOpen = (scheme: string) => scheme === "https" || scheme === "git";

/** `git@host:path`, as ssh takes it. */
function isShortAddress(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^:-]/.test(text);
}

/** What git would not take for a host: no colon before the first slash. */
function isPath(text: string): boolean {
  return /^[^:/]*(\/|$)/.test(text) && text !== "" && !text.startsWith("~");
}
