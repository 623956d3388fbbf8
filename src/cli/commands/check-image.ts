import { UserError } from "../../model/errors.ts";
import type { CheckedImage } from "../../model/image-answer.ts";
import { asFinding, imageText } from "../../report/image.ts";
import { printable } from "../../report/printable.ts";
import { usage } from "../usage.ts";
import type { Invocation, Reply, Session } from "../verb.ts";

/** `landfall check image DOCKERFILE…`: works in any repository, without a manifest. */
export async function checkImage(invocation: Invocation, { directory, env }: Session): Promise<Reply> {
  const { checkImages } = await import("../../actions/check-image.ts");
  const { images } = await checkImages({
    directory,
    dockerfiles: invocation.args.slice(1),
    context: invocation.text("context"),
    buildArgs: buildArgsOf(invocation, env),
    target: invocation.text("target"),
    entry: invocation.text("entry"),
    explain: invocation.text("explain"),
  });
  return {
    ending: images.some(({ verdict }) => verdict === "fatal") ? "failed" : "ok",
    body: { images },
    findings: findingsOf(images),
    text: (paint) => imageText(printable(images), paint),
  };
}

/** `K=V`, or `K` for the value that the environment has, as builders take them. */
function buildArgsOf(invocation: Invocation, env: Session["env"]): Record<string, string> {
  return Object.fromEntries(
    invocation.list("build-arg").flatMap((given) => {
      const [, name = given, value = env[name]] = /^([^=]+)=(.*)$/s.exec(given) ?? [];
      if (given.startsWith("="))
        throw new UserError("invalid", [usage(`--build-arg ${given} has no name: K=V`, invocation.verb)]);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** A module that several ways of building lack is one annotation. */
function findingsOf(images: readonly CheckedImage[]) {
  const all = images.flatMap(({ findings }) => findings.map(asFinding));
  return [...new Map(all.map((finding) => [JSON.stringify(finding), finding])).values()];
}
