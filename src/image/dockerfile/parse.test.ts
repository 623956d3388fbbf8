import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseDockerfile } from "./parse.ts";

/** The instructions of a file without mistakes, as `NAME rest`. */
function read(text: string): string[] {
  const { instructions, mistakes } = parseDockerfile(text);
  assert.deepEqual(mistakes, []);
  return instructions.map(({ name, rest }) => `${name} ${rest}`);
}

describe("a Dockerfile", () => {
  it("takes no line of a here-document for an instruction", () => {
    const { instructions } = parseDockerfile("RUN <<EOF\nCOPY a b\n# no comment\nEOF\nCOPY c d");
    assert.deepEqual(
      instructions.map(({ name, line }) => [name, line]),
      [
        ["RUN", 1],
        ["COPY", 5],
      ],
    );
    assert.deepEqual(instructions[0]?.heredocs, [{ name: "EOF", expands: true, content: "COPY a b\n# no comment\n" }]);
  });

  it("reads several here-documents of one line, with quoted names and stripped tabs", () => {
    const { instructions } = parseDockerfile('COPY <<a.py <<-"b" /x/\none\na.py\n\ttwo $V\n\tb\nRUN x');
    assert.deepEqual(instructions[0]?.heredocs, [
      { name: "a.py", expands: true, content: "one\n" },
      { name: "b", expands: false, content: "two $V\n" },
    ]);
    assert.equal(instructions[1]?.line, 6);
  });

  it("tells a here-document that never ends", () => {
    assert.deepEqual(parseDockerfile("FROM x\nRUN <<EOF\na").mistakes, [
      { line: 2, message: "the here-document EOF does not end" },
    ]);
  });

  it("keeps blanks inside the strings of a list, and takes broken JSON for text", () => {
    const words = (text: string) => parseDockerfile(text).instructions[0]?.words;
    assert.deepEqual(words('COPY ["a b.py", "/x y/"]'), ["a b.py", "/x y/"]);
    assert.equal(words("CMD ['a', 'b']"), null);
    assert.equal(words('CMD ["a", 1]'), null);
    assert.equal(words('CMD ["a"] b'), null);
    assert.equal(words('ENV ["a"]'), null);
  });

  it("goes on over comments and blank lines in a continued instruction", () => {
    assert.deepEqual(read("RUN a \\\n# comment\n\n  b \\  \n  c\nUSER d"), ["RUN a   b   c", "USER d"]);
    assert.deepEqual(read("RUN a \\\\\nUSER d"), ["RUN a \\\\", "USER d"]);
  });

  it("takes the escape that the directive names, and only from the top", () => {
    assert.deepEqual(read("# escape=`\nRUN a `\n b\\\nUSER c"), ["RUN a  b\\", "USER c"]);
    assert.equal(parseDockerfile("# a comment\n# escape=`\nRUN a").escape, "\\");
    assert.equal(parseDockerfile("#Syntax=x\n# ESCAPE = `\nRUN a").escape, "`");
    assert.deepEqual(
      parseDockerfile("# escape=x\n# escape=`\nRUN a").mistakes.map(({ line }) => line),
      [1, 2],
    );
  });

  it("takes flags off, repeated and quoted ones too", () => {
    const [copy] = parseDockerfile('copy --from=b --exclude="a b" --exclude=*.md --link -- --x /y').instructions;
    assert.deepEqual(copy?.flags, [
      { name: "from", value: "b" },
      { name: "exclude", value: "a b" },
      { name: "exclude", value: "*.md" },
      { name: "link", value: null },
    ]);
    assert.deepEqual([copy?.name, copy?.rest], ["COPY", "--x /y"]);
  });

  it("reads files with a byte order mark and with CRLF", () => {
    assert.deepEqual(read("\uFEFFFROM a\r\nRUN b \\\r\n c\r\n"), ["FROM a", "RUN b  c"]);
  });

  it("names what the builder refuses, with its line", () => {
    const { mistakes } = parseDockerfile("FROM a\nCOPPY a b\nUSER\nSHELL sh -c");
    assert.deepEqual(
      mistakes.map(({ line }) => line),
      [2, 3, 4],
    );
    for (const line of ["KEY=hunter2", "AKIA1234", "a".repeat(21), "# escape=hunter2\nFROM a"])
      for (const { message } of parseDockerfile(line).mistakes)
        assert.doesNotMatch(message, /KEY|hunter|AKIA|aaa/, "nothing is shown of a file that is no Dockerfile");
    assert.equal(parseDockerfile("# nothing\n").mistakes.length, 1);
  });

  it("never throws, and ends, whatever the file holds", () => {
    const part = fc.constantFrom(
      "RUN ",
      "COPY ",
      "<<EOF",
      "EOF",
      "\n",
      "\\",
      "`",
      "# escape=`",
      "--a=",
      '["',
      '"',
      "'",
      " ",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string()), { maxLength: 40 }), (parts) => {
        parseDockerfile(parts.join(""));
      }),
    );
  });
});
