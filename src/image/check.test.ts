import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkCase, imageCases, layCase, verdictOf, written } from "../../test/helpers/image-corpus.ts";

describe("what the check says of each case of the corpus is what the case expects", () => {
  const cases = imageCases();
  for (const each of cases)
    it(`${each.verdict}: ${each.name}`, async () => {
      const { folder, remove } = layCase(each);
      try {
        const report = await checkCase(each, folder);
        assert.deepEqual(
          report.findings.map(written).sort(),
          [...each.findings].sort(),
          JSON.stringify(report.findings, null, 1),
        );
        assert.equal(verdictOf(report), each.verdict);
      } finally {
        remove();
      }
    });

  it("the corpus has sixty cases or more, and about as many healthy ones as others", () => {
    const healthy = cases.filter(({ verdict }) => verdict === "complete").length;
    assert.ok(cases.length >= 60, `${cases.length} cases`);
    assert.ok(
      healthy >= cases.length * 0.4 && healthy <= cases.length * 0.7,
      `${healthy} of ${cases.length} are healthy`,
    );
  });
});
