import { z } from "zod";
import { ArtifactBucket, AwsSetting } from "../model/aws.ts";
import { Checks } from "../model/checks.ts";
import { gitAddress, gitRef } from "../model/git-address.ts";
import { relativePath } from "../model/text.ts";
import type { Provider } from "../providers/provider.ts";
import { credentialsSchema } from "./credentials.ts";
import { ledgerSchema } from "./ledger-key.ts";
import { notifySchema } from "./notify.ts";
import { approversSchema, requiresSchema } from "./requires.ts";

/** A name that is a key: written out, because the ledger, directories and other names are built on it. */
const plainName = () =>
  z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: "must be a name of lower-case letters, digits and dashes" });

const withoutExpression = (value: string) => !value.includes("${");

const sourcePath = () =>
  relativePath().refine(withoutExpression, { error: "must be written out: a source cannot depend on a variable" });

const branch = () =>
  z
    .string()
    .min(1)
    .refine((value) => value.includes("${") || /^[^\s~^:\\[-][^\s~^:\\[]*$/.test(value), {
      error: "must be a branch's name, or a pattern such as release/*",
    });

const variables = () => z.record(z.string().regex(/^[A-Za-z0-9_-]+$/, { error: "must be a name" }), z.string());

const sourcePaths = () => z.array(sourcePath()).min(1);

const otherSource = z
  .strictObject({
    git: gitAddress().describe(
      "The repository: `https://…`, `ssh://…`, `user@host:path`, `git://…`, `file://…`, or a path relative to the manifest. It holds no password; git asks its own credential helpers.",
    ),
    ref: gitRef().describe(
      "A branch, a tag or a full commit id. It is resolved when a rollout begins, and the commit is recorded: a rollback and a proof take that one.",
    ),
    paths: sourcePaths().default(["."]).describe("The paths in that repository whose content is the component."),
  })
  .describe(
    "A component whose source is another repository than the application's. Its own commit is what its version endpoint must answer. The environment's `branch` is about the application's repository alone.",
  );

/** What every component has, whatever its type. */
const componentKeys = {
  type: z.string(),
  source: z
    .union([sourcePaths(), otherSource])
    .default(["."])
    .describe(
      "The paths in the repository whose content is the component: what is shipped, and what its digest is made of. Or another repository: `{ git, ref, paths }`.",
    ),
  exclude: z.array(sourcePath()).default([]).describe("Paths below `source` that are left out."),
  on: z
    .array(plainName())
    .min(1)
    .optional()
    .describe("The targets that run the component. Default: all targets of the environment."),
};

/** What a component has whose type can say how its places are reached. */
const checksKey = { checks: Checks.optional() };

/** What every target has, whatever runs there. */
const targetKeys = {
  after: z
    .array(plainName())
    .default([])
    .describe("Targets of the same environment that must be proven before anything starts here."),
  presence: z
    .enum(["always", "on-demand"])
    .default("always")
    .describe(
      "`on-demand`: a target that is switched off is not a failure. It is deferred, listed as a debt, and catches up later.",
    ),
  vars: variables().default({}).describe("The target's own values, for `${target.NAME}`."),
};

const environmentKeys = {
  branch: z
    .union([branch(), z.array(branch()).min(1)])
    .describe("The branch whose commits may run here, or several, or patterns such as `release/*`."),
  vars: variables().default({}).describe("The environment's own values, for `${vars.NAME}`."),
  aws: AwsSetting.optional().describe("Where the environment lies in AWS, and as whom it is entered."),
  artifacts: ArtifactBucket.optional(),
  credentials: credentialsSchema,
  requires: requiresSchema,
  notify: notifySchema,
};

const applicationKey = plainName().describe("The application's name: it stands in reports and in the ledger.");

/**
 * The one definition of `landfall.yaml`: validation, `schema.json` and the reference page come from it.
 * Component types and target keys are those of the providers given.
 */
export function manifestSchema(providers: readonly Provider[]) {
  return z
    .strictObject({
      application: applicationKey,
      ledger: ledgerSchema,
      approvers: approversSchema,
      components: z
        .record(plainName(), componentSchema(providers))
        .refine((components) => Object.keys(components).length > 0, { error: "must have at least one component" })
        .describe("The deployable things of the application, by name."),
      environments: z
        .record(
          plainName(),
          z.strictObject({
            ...environmentKeys,
            targets: z
              .record(plainName(), targetSchema(providers))
              .default({})
              .describe("The places that run components here, by name, in the order in which they are deployed."),
          }),
        )
        .refine((environments) => Object.keys(environments).length > 0, { error: "must have at least one environment" })
        .describe("Where the components run, by name."),
    })
    .describe("What is deployed, and where.");
}

/** One strict section per type, told apart by `type`, so that a misspelt key is named and not just "invalid". */
function componentSchema(providers: readonly Provider[]) {
  const [first, ...rest] = providers.map((provider) =>
    asObject(provider.spec).safeExtend({
      ...componentKeys,
      type: z.literal(provider.type).describe(provider.summary),
      ...(provider.reach ? checksKey : {}),
    }),
  );
  if (!first) throw new Error("a manifest needs at least one provider");
  return z.discriminatedUnion("type", [first, ...rest]);
}

/** The keys of all providers together: which of them a target must and may have follows from what runs on it (rules.ts). */
function targetSchema(providers: readonly Provider[]) {
  const keys = new Map<string, { schema: z.ZodType; description: string }>();
  for (const provider of providers) {
    for (const [key, schema] of Object.entries(shapeOf(provider.target))) {
      const known = keys.get(key);
      const needed = schema.safeParse(undefined).success
        ? ""
        : ` Required where a \`${provider.type}\` component runs.`;
      keys.set(key, {
        schema: known && known.schema !== schema ? z.union([known.schema, schema]) : schema,
        description: `${known?.description ?? schema.description ?? ""}${needed}`,
      });
    }
  }
  const optional = [...keys].map(([key, { schema, description }]) => [key, schema.optional().describe(description)]);
  return z.strictObject({ ...Object.fromEntries(optional), ...targetKeys });
}

/** A provider's keys by name. Every provider's sections are objects; anything else is a mistake in the provider. */
export function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> {
  return asObject(schema).shape;
}

type AnyObject = z.ZodObject<Record<string, z.ZodType>>;

function asObject(schema: z.ZodType): AnyObject {
  if (!(schema instanceof z.ZodObject)) throw new Error("a provider's spec and target must be objects");
  return schema as AnyObject;
}

/** The manifest as the stages see it: what is common is typed, a provider's own keys are as they were written. */
export const Manifest = z.object({
  application: applicationKey,
  ledger: ledgerSchema,
  approvers: approversSchema,
  components: z.record(z.string(), z.looseObject(componentKeys)),
  environments: z.record(
    z.string(),
    z.object({
      ...environmentKeys,
      targets: z.record(z.string(), z.looseObject(targetKeys)).default({}),
    }),
  ),
});
export type Manifest = z.infer<typeof Manifest>;
export type Component = Manifest["components"][string];
export type Environment = Manifest["environments"][string];
export type Target = Environment["targets"][string];

/** Keys that the manifest itself reads in a component and a target; the others are the provider's. */
export const commonComponentKeys: readonly string[] = [...Object.keys(componentKeys), "checks"];
export const commonTargetKeys: readonly string[] = Object.keys(targetKeys);

/** The paths of a component's source, in whichever repository they are. */
export function pathsOf({ source }: Pick<Component, "source">): string[] {
  return Array.isArray(source) ? source : source.paths;
}

/** What each component is made of: what the revision's digests are computed over. */
export function componentSources(manifest: Manifest): Record<string, ComponentSource> {
  return Object.fromEntries(
    Object.entries(manifest.components).map(([name, component]) => {
      const { source, exclude } = component;
      const from = Array.isArray(source) ? {} : { from: { git: source.git, ref: source.ref } };
      return [name, { source: pathsOf(component), exclude, ...from }];
    }),
  );
}

interface ComponentSource {
  source: string[];
  exclude: string[];
  /** The repository of its own, if it has one. */
  from?: { git: string; ref: string };
}
