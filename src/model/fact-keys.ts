/**
 * The keys under which events and answers hold facts of their own: names of the manifest's own parts, commits, digests, times
 * and words of this vocabulary. A value that is to be masked and happens to be one of them, or a part of one (a commit in an
 * environment variable, the word `proven`), stays there: a record in which they were covered could not be read back.
 * Everything else is text, and masked. `components.`: the digests of a revision, by the names of its components.
 */
export const factKeys: ReadonlySet<string> = new Set([
  ...["event", "at", "startedAt", "endedAt", "closedAt", "committedAt", "since", "rollout", "from", "ledger"],
  ...["application", "environment", "component", "target", "name", "after", "components", "components."],
  ...["commit", "digest", "manifestDigest", "artifact", "sha256"],
  ...["intent", "stage", "action", "claim", "on", "result", "verdict", "outcome", "code", "level"],
]);
