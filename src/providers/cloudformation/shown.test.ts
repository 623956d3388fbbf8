import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { asciiJson, asShown, likeness } from "./shown.ts";

const topic = (value: string) =>
  `Description: Größe – naïve\nResources:\n  T: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: '${value}' } }\n`;

describe("a template that CloudFormation gives back", () => {
  it("is the one that was sent as far as it is shown, and no surer", () => {
    assert.equal(likeness(asShown(topic("Café")), topic("Café")), "shown");
    assert.equal(likeness(asShown(topic("Café")), topic("Cafè")), "shown");
    assert.equal(likeness(asShown(topic("請交月報")), topic("請交月報")), "shown");
    assert.equal(likeness(asShown(topic("🚀")), topic("🚀")), "shown");
  });

  it("is another where what is shown differs", () => {
    assert.equal(likeness(asShown(topic("Café")), topic("Tea")), "other");
    assert.equal(likeness(asShown(topic("Café")), topic("Cafés")), "other");
    assert.equal(likeness("Resources: [", topic("Café")), "other");
  });

  it("is the same where only its comments hold such characters, or escapes stand for them", () => {
    const plain = "Resources: { T: { Type: T } }\n";
    assert.equal(likeness(`# Gr??e\n${plain}`, `# Größe\n${plain}`), "same");
    const escaped = asciiJson({ Resources: { T: { Type: "T", Properties: { Name: "Café" } } } });
    assert.equal(likeness(escaped, "Resources: { T: { Type: T, Properties: { Name: Café } } }"), "same");
  });

  it("that does hold such characters hides none: what differs is another", () => {
    assert.equal(likeness(topic("Caf?"), topic("Café")), "other");
  });
});

it("JSON in ASCII says the same, and CloudFormation shows all of it", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const text = asciiJson(value);
      assert.equal(asShown(text), text);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }),
  );
});
