import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rolloutAnswer } from "../../test/helpers/sample-answers.ts";
import { annotations, rolloutAnnotations } from "./github.ts";
import { jsonDocument, rolloutBody } from "./json.ts";
import { rolloutMarkdown } from "./markdown.ts";

describe("a JSON document", () => {
  it("begins with version, command, outcome and exit code", () => {
    const document = JSON.parse(
      jsonDocument("deploy", { outcome: "failed", exitCode: 1 }, rolloutBody(rolloutAnswer())),
    );
    assert.deepEqual(Object.keys(document), ["schemaVersion", "command", "outcome", "exitCode", "rollout"]);
    assert.equal(document.rollout.outcome, "proven");
    assert.equal(document.rollout.invalid, undefined);
  });

  it("is one line, marked as the answer, when events were streamed", () => {
    const line = jsonDocument("deploy", { outcome: "failed", exitCode: 1 }, { findings: [] }, true);
    assert.equal(line.includes("\n"), false);
    assert.equal(JSON.parse(line).event, "answer");
  });
});

describe("annotations", () => {
  it("carry the place, and no text can start a command of its own", () => {
    const [line, ...others] = annotations([
      { code: "bad-yaml", level: "block", message: "100%\n::stop-commands::x", file: "a,b:c.yaml", line: 3, column: 7 },
    ]);
    assert.equal(line, "::error file=a%2Cb%3Ac.yaml,line=3,col=7,title=bad-yaml::100%25%0A::stop-commands::x");
    assert.deepEqual(others, []);
  });

  it("tell the reasons of a bad outcome, and none of a good one", () => {
    assert.deepEqual(rolloutAnnotations(rolloutAnswer()), []);
    const outcome = { outcome: "unproven" as const, reasons: [{ target: "m1", message: "no answer" }], deferred: [] };
    assert.deepEqual(rolloutAnnotations(rolloutAnswer({ outcome })), ["::warning title=unproven uat::m1: no answer"]);
  });
});

describe("the job's summary", () => {
  it("escapes every text, so that none becomes markup or breaks the table", () => {
    const message = "<img src=x> | `a` [b](c)\n# d";
    const outcome = { outcome: "failed" as const, reasons: [{ target: "m1", message }], deferred: [] };
    const text = rolloutMarkdown(rolloutAnswer({ outcome, findings: [{ code: "usage", level: "note", message }] }));
    assert.match(text, /^### ❌ FAILED uat `jobs-app@3f9c2e1`/);
    assert.match(text, /&lt;img src=x> \\\| \\`a\\` \\\[b\\\]\(c\)<br>\\# d/);
    assert.doesNotMatch(text, /<img/);
  });
});
