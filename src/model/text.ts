import { z } from "zod";

/**
 * Texts of the manifest with a form of their own. Each accepts a text that still holds a `${…}`: the form is checked
 * again after the expressions were resolved.
 */
function text(what: string, holds: (value: string) => boolean): z.ZodString {
  return z
    .string()
    .min(1)
    .refine((value) => !value.includes("\0"), { error: "holds a NUL character" })
    .refine((value) => value.includes("${") || holds(value), { error: `must be ${what}` });
}

const plainParts = (path: string) => path.split("/").every((part) => part !== "..");

/** A text of a form that a pattern tells. */
export const form = (pattern: RegExp, what: string) => text(what, (value) => pattern.test(value));

/** An absolute path without `..`, and not the root itself. */
export const absolutePath = () =>
  text(
    "an absolute path without .., such as /opt/app",
    (path) => /^\/[^\n]+$/.test(path) && plainParts(path) && !/^\/+$/.test(path),
  );

/** A path inside the tree: relative, without `..`. */
export const relativePath = () =>
  text(
    "a path inside the repository: relative, without ..",
    (path) => !path.startsWith("/") && !path.includes("\n") && plainParts(path),
  );

/** A span of time: a whole number with s, m or h. */
export const duration = () => text("a duration such as 10s, 5m or 1h", (value) => /^\d{1,6}(s|m|h)$/.test(value));

/** Seconds of a duration that was checked. */
export function seconds(value: string): number {
  const unit = value.at(-1);
  return Number(value.slice(0, -1)) * (unit === "h" ? 3600 : unit === "m" ? 60 : 1);
}

/** The name of an application, component, environment, target or step. */
export const name = () =>
  text("a name of lower-case letters, digits and dashes", (value) => /^[a-z0-9][a-z0-9-]{0,62}$/.test(value));

/** A host name or address, as ssh takes it: never something that ssh would read as an option. */
export const hostName = () =>
  text("a host name or address", (value) => /^[A-Za-z0-9_[][A-Za-z0-9._:%\]-]*$/.test(value));

/** A login name. */
export const userName = () => text("a user name", (value) => /^[A-Za-z_][A-Za-z0-9._-]*\$?$/.test(value));

/** A systemd unit's name. */
export const unitName = () =>
  text("a systemd unit name", (value) => /^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*$/.test(value));

/** An http or https address. */
export const webAddress = () =>
  text("an http or https address", (value) => {
    const address = URL.parse(value);
    return address !== null && /^https?:$/.test(address.protocol);
  });

/** One mailbox, alone or with a plain name: `ops@example.org`, `Operations <ops@example.org>`. */
export const mailAddress = () =>
  text("a mail address, such as ops@example.org", (value) => {
    // Nothing in it may end the header or begin another address.
    const [, alone = value] = /^[^\p{Cc}<>,;:"@\\]+ <([^<>]*)>$/u.exec(value) ?? [];
    return /^[^\p{Cc}\s<>(),;:"@\\[\]]+@[\p{L}\p{N}.-]+$/u.test(alone);
  });

/** A mail server's address, with the login in it. */
export const mailServer = () =>
  text("an address such as smtp://user:password@host:587 or smtps://…", (value) => {
    const address = URL.parse(value);
    return (
      address !== null &&
      /^smtps?:$/.test(address.protocol) &&
      address.hostname !== "" &&
      /^\/?$/.test(address.pathname)
    );
  });

/** The name of an HTTP header. */
export const headerName = () => text("the name of a header", (value) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(value));

/** The value of an HTTP header: one line of plain characters. */
export const headerValue = () => text("one line of plain characters", (value) => /^[\x20-\x7e\x80-\xff]+$/.test(value));

/** A command for sh. */
export const command = () => text("a command", (value) => value.trim() !== "");
