import assert from "node:assert/strict";
import { it } from "node:test";
import type { CheckedImage } from "../model/image-answer.ts";
import { imageText } from "./image.ts";

/** The last line that is said of an image. */
function conclusion(about: Partial<CheckedImage>): string | undefined {
  const image: CheckedImage = {
    ...{ dockerfile: "Dockerfile", context: ".", contextFrom: null, target: null, entries: ["python app.py"] },
    ...{ modules: 2, verdict: "complete", findings: [], ...about },
  };
  return imageText([image], (_, text) => text)
    .split("\n")
    .at(-1);
}

it("an image of which something could not be told is not said to hold what it starts", () => {
  const untold = conclusion({ verdict: "undetermined", modules: 0 });
  assert.equal(untold, "⚠ Dockerfile: whether it holds what it starts could not be told  starts python app.py");
  assert.equal(conclusion({ verdict: "undetermined", entries: [] }), "⚠ Dockerfile: what it starts could not be told");
});

it("an image that needs nothing of ours is not said to hold none of our modules", () => {
  assert.equal(
    conclusion({ modules: 0 }),
    "✔ Dockerfile holds what it starts, which needs no module of ours  starts python app.py",
  );
  assert.equal(conclusion({}), "✔ Dockerfile holds what it starts: 2 of our modules  starts python app.py");
});
