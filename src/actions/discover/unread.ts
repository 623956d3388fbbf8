import type { Asked, Unanswered } from "../../model/asked.ts";
import { answerOr } from "../../model/asked.ts";
import type { AccountSights } from "./look-around.ts";

/** Something that could not be read, in words. */
export interface Unread {
  what: string;
  unanswered: Unanswered;
}

/** All that is unknown in what was seen; for each reason once, with the first thing that it was met at and how many others. */
export function unreadOf({ stacks, layers, buckets, functions }: AccountSights): Unread[] {
  const found = [
    ...unreadIn("stacks", stacks),
    ...unreadIn("layers", layers),
    ...unreadIn("buckets", buckets),
    ...unreadIn("functions", functions),
    ...answerOr(stacks, []).flatMap(({ name, resources }) => unreadIn(`the resources of stack ${name}`, resources)),
    ...answerOr(layers, []).flatMap(({ name, versions }) => [
      ...unreadIn(`the versions of layer ${name}`, versions),
      ...answerOr(versions, []).flatMap(({ version, bytes, users }) => [
        ...(bytes === null ? [] : unreadIn(`the size of layer ${name}:${version}`, bytes)),
        ...unreadIn(`who uses layer ${name}:${version}`, users.functions),
        ...unreadIn(`whom layer ${name}:${version} is open to`, users.outside),
        ...answerOr(users.functions, []).flatMap((user) => unreadIn(`the aliases of ${user.function}`, user.aliases)),
      ]),
    ]),
  ];
  const byReason = Map.groupBy(found, ({ unanswered: { permission, reason } }) => permission ?? reason);
  return [...byReason.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    return others.length === 0 ? [first] : [{ ...first, what: `${first.what} and ${others.length} more` }];
  });
}

function unreadIn(what: string, asked: Asked<unknown>): Unread[] {
  return asked.state === "unknown" ? [{ what, unanswered: asked }] : [];
}
