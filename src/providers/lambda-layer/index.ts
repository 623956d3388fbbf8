import { seconds } from "../../model/text.ts";
import { holdsArtifact } from "../artifact-object.ts";
import { sessionOf } from "../aws-place.ts";
import type { Provider } from "../provider.ts";
import { type LayerFacts, survey } from "./facts.ts";
import { guards } from "./guards.ts";
import { hexOf, objectOf } from "./object.ts";
import { permissions } from "./permissions.ts";
import { plan } from "./plan.ts";
import { prove } from "./prove.ts";
import { LayerSpec, NoTarget, stackOf } from "./spec.ts";
import { run } from "./steps.ts";

/** A Lambda layer that is published through CloudFormation: see README.md. */
export const lambdaLayer: Provider<LayerSpec, NoTarget, LayerFacts> = {
  type: "lambda-layer",
  summary: "A Lambda layer in the environment's AWS account, published through a CloudFormation stack.",
  spec: LayerSpec,
  target: NoTarget,
  identifies: true,
  service: { target: "aws", needs: ["aws", "artifacts"] },
  owns: (place) => [`stack \`${stackOf(place)}\``, `layer \`${place.spec.name}\``],
  texts: ({ spec }) => (spec.template ? [spec.template.file] : []),
  package: ({ spec, source }) => ({
    root: source[0] ?? ".",
    build: spec.build === undefined ? undefined : { run: spec.build, timeoutSeconds: seconds(spec.buildWithin) },
    include: spec.include,
    runtimes: spec.runtimes,
    architectures: spec.architectures,
  }),
  holds: async (place, digest, context) =>
    await holdsArtifact(sessionOf(place, context), objectOf(place, digest), hexOf(digest), context.signal),
  permissions,
  unlisted: ({ spec: { template } }) => (template ? `what other resources of ${template.file} need` : null),
  survey,
  plan,
  guards,
  run,
  prove: async (place, wanted, artifact, _changed, context) => await prove(place, wanted, artifact, context),
};
