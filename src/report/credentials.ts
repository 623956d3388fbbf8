import { type Asked, whyUnknown } from "../model/asked.ts";
import type { AccessKey, CredentialsAnswer, SecretAnswer, Signer } from "../model/credentials.ts";
import { findingLines } from "./findings.ts";
import type { Paint } from "./paint.ts";
import { columns, hanging } from "./table.ts";
import { age, moment, span } from "./time.ts";

/** Who opens the environment, with what and how old; then its secrets' versions, and what is to be said of them. */
export function credentialsText(answer: CredentialsAnswer, paint: Paint): string {
  const { environment, account, region, signer, base, secrets, findings } = answer;
  const now = new Date(answer.at);
  const blocks = [
    [
      paint("bold", environment),
      ...columns([["account", `${account}, ${region}`], ...signerRows(signer, now, paint)], "  "),
    ],
    ...(base === null ? [] : [["entered with", ...columns(signerRows(base, now, paint), "  ")]]),
    ...(secrets.length === 0
      ? []
      : [
          [
            "secrets",
            ...columns(
              secrets.flatMap((secret) => secretRows(secret, now, paint)),
              "  ",
            ),
          ],
        ]),
    ...(findings.length === 0 ? [] : [findingLines(findings, paint)]),
  ];
  return blocks.map((lines) => lines.join("\n")).join("\n\n");
}

function signerRows(asked: Asked<Signer>, now: Date, paint: Paint): string[][] {
  if (asked.state === "unknown") return [["identity", unknown(asked, paint)]];
  const { kind, found, arn, account, keyId, expiresAt, keys } = asked.value;
  return [
    ["kind", `${kind}, from ${found}`],
    ["identity", `${arn} (account ${account})`],
    ["access key", keyId],
    ...(expiresAt === null ? [] : [["session ends", endOf(expiresAt, now)]]),
    ...keyRows(keys, paint),
  ];
}

function endOf(expiresAt: string, now: Date): string {
  const left = (Date.parse(expiresAt) - now.getTime()) / 1000;
  return left <= 0 ? `${moment(expiresAt)}: it has ended` : `${moment(expiresAt)}, in ${span(left)}`;
}

function keyRows(keys: Asked<AccessKey[]> | null, paint: Paint): string[][] {
  if (keys === null) return [["age", "a session: the role has no key of its own"]];
  if (keys.state === "unknown") return [["age", unknown(keys, paint)]];
  return keys.value.map(({ id, inUse, active, ageSeconds, createdAt, lastUsed }) => [
    inUse ? "age" : "other key",
    [
      inUse ? span(ageSeconds) : `${id}, ${active ? "active" : "inactive"}, ${span(ageSeconds)}`,
      `made ${moment(createdAt)}`,
      ...(lastUsed === null ? [] : [`last used ${lastUseText(lastUsed, paint)}`]),
    ].join(", "),
  ]);
}

function lastUseText(lastUsed: NonNullable<AccessKey["lastUsed"]>, paint: Paint): string {
  if (lastUsed.state === "unknown") return unknown(lastUsed, paint);
  if (lastUsed.value === null) return "never";
  const { at, service, region } = lastUsed.value;
  return `${moment(at)} (${service}, ${region})`;
}

function secretRows({ name, versions }: SecretAnswer, now: Date, paint: Paint): string[][] {
  if (versions.state === "unknown") return [[name, unknown(versions, paint)]];
  if (versions.value === null) return [[name, paint("yellow", "not there")]];
  if (versions.value.length === 0) return [[name, paint("yellow", "no version")]];
  return versions.value.map(({ id, stages, createdAt }, index) => [
    index === 0 ? name : "",
    id,
    stages.join(", "),
    createdAt === null ? paint("yellow", "unknown age") : age(createdAt, now),
  ]);
}

function unknown(asked: Extract<Asked<unknown>, { state: "unknown" }>, paint: Paint): string {
  return `${paint("yellow", "unknown")}: ${hanging(whyUnknown(asked), "    ")}`;
}
