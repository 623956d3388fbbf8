import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { localFiles, readTemplate, resourceChanges, sameTemplate, type Template } from "./template.ts";

const read = (text: string): Template => {
  const template = readTemplate(text);
  assert.notEqual(typeof template, "string", String(template));
  return template as Template;
};

const topic = (value: string) =>
  `Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties: { Name: ${value} }\n`;

describe("a template", () => {
  it("is the same in short tags and in long functions, in YAML and in JSON", () => {
    const pairs: [short: string, long: unknown][] = [
      ["!Ref A", { Ref: "A" }],
      ['!Sub "${A}-b"', { "Fn::Sub": "${A}-b" }],
      ["!GetAtt A.B.C", { "Fn::GetAtt": ["A", "B.C"] }],
      ["!GetAtt [A, B]", { "Fn::GetAtt": ["A", "B"] }],
      ['!Join ["-", [!Ref A, b]]', { "Fn::Join": ["-", [{ Ref: "A" }, "b"]] }],
      ['!Sub ["${X}", { X: !Ref A }]', { "Fn::Sub": ["${X}", { X: { Ref: "A" } }] }],
      ["!If [Cond, !Ref A, 1]", { "Fn::If": ["Cond", { Ref: "A" }, 1] }],
      ["!Select [0, !GetAZs '']", { "Fn::Select": [0, { "Fn::GetAZs": "" }] }],
      ["!FindInMap [M, k, v]", { "Fn::FindInMap": ["M", "k", "v"] }],
    ];
    for (const [short, long] of pairs) {
      const json = JSON.stringify({ Resources: { Topic: { Type: "AWS::SNS::Topic", Properties: { Name: long } } } });
      assert.ok(sameTemplate(topic(short), json), `${short} is not ${json}`);
      assert.ok(!sameTemplate(topic(short), topic(`"${short.replaceAll('"', "'")}"`)), `${short} is a text`);
    }
  });

  it("with a tag that is not known has a function of that name there, and never its plain text", () => {
    assert.ok(sameTemplate(topic("!Contains [[a], b]"), topic('{ "Fn::Contains": [[a], b] }')));
    assert.ok(sameTemplate(topic('!sub "${A}"'), topic('{ "Fn::sub": "${A}" }')));
    assert.ok(!sameTemplate(topic('!sub "${A}"'), topic('"${A}"')));
    assert.ok(!sameTemplate(topic("!ref A"), topic("A")));
  });

  it("is the same with other comments, order of keys and layout, and not with another value", () => {
    assert.ok(sameTemplate(topic("a"), `# words\n${topic("a").replace("{ Name: a }", "\n      Name: a")}`));
    assert.ok(sameTemplate(topic("1"), topic('"1"')), "CloudFormation sees texts alone");
    assert.ok(!sameTemplate(topic("a"), topic("b")));
    assert.ok(!sameTemplate(topic("a"), `${topic("a")}Outputs: { N: { Value: x } }\n`));
    const words = `Description: for people\nMetadata: { Owner: somebody }\n`;
    assert.ok(sameTemplate(topic("a"), `${words}${topic("a")}`), "CloudFormation takes no words alone");
    const transform = "Transform: Some::Macro\n";
    assert.ok(
      !sameTemplate(`${transform}${topic("a")}`, `${transform}${words}${topic("a")}`),
      "a transform reads them",
    );
  });

  it("that cannot be used says why", () => {
    const cases: [text: string, says: RegExp][] = [
      ["Resources: [", /./],
      ["", /no resources/],
      ["Resources: {}", /no resources/],
      ["Resources: { A: {} }", /A has no type/],
      ["Resources: { A: 1 }", /A has no type/],
      ["A: &a [*a]", /./],
      ["Resources: { A: { Type: x }, A: { Type: y } }", /unique/],
      ["Resources: { A: { Type: x } }\n---\nResources: { B: { Type: y } }\n", /several documents/],
    ];
    for (const [text, says] of cases) assert.match(String(readTemplate(text)), says, text);
  });

  it("tells which resources a change adds, changes and removes", () => {
    const of = (...names: [string, string][]) =>
      read(
        JSON.stringify({
          Resources: Object.fromEntries(names.map(([id, value]) => [id, { Type: "T", Properties: { v: value } }])),
        }),
      );
    assert.deepEqual(resourceChanges(of(["A", "1"], ["B", "1"], ["C", "1"]), of(["A", "1"], ["B", "2"], ["D", "1"])), {
      added: ["D"],
      changed: ["B"],
      removed: ["C"],
    });
    assert.deepEqual(resourceChanges(null, of(["A", "1"])).added, ["A"]);
  });

  it("names files of this machine, and not what lies in a bucket", () => {
    const uri = (value: string) => localFiles(read(`Resources: { F: { Type: T, Properties: { CodeUri: ${value} } } }`));
    assert.deepEqual(uri("./app"), ["F.CodeUri: ./app"]);
    assert.deepEqual(uri("s3://bucket/key"), []);
    assert.deepEqual(uri("{ Bucket: b, Key: k }"), []);
    assert.deepEqual(uri("!Sub x"), []);
    const place = (type: string) =>
      localFiles(read(`Resources: { R: { Type: ${type}, Properties: { Location: here } } }`));
    assert.deepEqual(place("AWS::Serverless::Application"), ["R.Location: here"]);
    assert.deepEqual(place("Custom::Office"), [], "elsewhere a location is no file");
  });

  it("of any text is a template or the reason why it is none, and equals itself", () => {
    const words = fc.constantFrom(
      "Resources",
      ":",
      " ",
      "\n",
      "{",
      "}",
      "[",
      "]",
      "!Ref",
      "!Sub",
      "&a",
      "*a",
      "Type",
      "- ",
      '"',
      "'",
      "|",
      "#",
      "a",
      "1",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((parts) => parts.join("")),
        ),
        (text) => {
          const found = readTemplate(text);
          assert.ok(typeof found === "string" ? found !== "" : Object.keys(found.Resources).length > 0);
          assert.ok(sameTemplate(text, text));
        },
      ),
      { numRuns: 500 },
    );
  });
});
