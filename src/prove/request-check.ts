import type { Host } from "../io/hosts.ts";
import { fetchText } from "../io/http.ts";
import type { RequestCheck } from "../model/checks.ts";
import { answerValue, versionVerdict } from "../providers/http-version.ts";
import type { Context } from "../providers/provider.ts";
import type { Try } from "./try.ts";

/** How long one try may take, so that an answer that hangs leaves time for another. Seconds. */
const patience = 10;

type Asked = Omit<RequestCheck, "name" | "within">;

/** Asks once, and compares the answer with all that is expected of it. A target that cannot be reached at all is no answer. */
export async function tryRequest(
  asked: Asked,
  accepts: readonly string[],
  host: Host,
  limitSeconds: number,
  { signal, mask }: Context,
): Promise<Try> {
  const answer = await fetchText(asked.url, {
    connect: (name, port) => host.connect(name, port),
    method: asked.method,
    headers: asked.headers,
    timeoutSeconds: Math.ceil(Math.min(patience, limitSeconds)),
    maxBytes: 1024 * 1024,
    signal,
  });
  if (answer.ended === "none") {
    const way = await host.script("exit 0", [], { signal, timeoutSeconds: patience });
    return { ended: way.ended === "exit" ? "failed" : "lost", seen: `no answer: ${answer.message}` };
  }
  const version =
    asked.revision === undefined ? null : versionVerdict({ url: "it", revision: asked.revision }, answer.body, accepts);
  const wrong = [
    ...(answer.status === asked.status ? [] : [`status ${answer.status} instead of ${asked.status}`]),
    ...(asked.body === undefined || answer.body.includes(asked.body)
      ? []
      : [`no ${JSON.stringify(asked.body)} in the answer`]),
    ...wrongValues(asked.json, answer.body),
    ...(version === null || version.verdict === "proven" ? [] : [version.reason]),
  ];
  if (wrong.length === 0) return { ended: "held", seen: `status ${answer.status}` };
  const seen = `${wrong.join(", ")}; it answered ${JSON.stringify(shortened(mask(answer.body)))}`;
  return { ended: "failed", seen, ...(version?.code === "version-old" ? { code: "version-old" } : {}) };
}

function wrongValues(expected: Asked["json"], body: string): string[] {
  return Object.entries(expected).flatMap(([path, value]) => {
    const found = answerValue(body, path);
    if (found === value) return [];
    const said = found === undefined ? "is not there" : `is ${shortened(JSON.stringify(found))}`;
    return [`${path} ${said} instead of ${JSON.stringify(value)}`];
  });
}

/** What fits in a line. It is masked before it is cut, so that no half of a secret is left. */
function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
