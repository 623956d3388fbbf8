import { answerOr, whyUnknown } from "../model/asked.ts";
import { ArtifactBucket } from "../model/aws.ts";
import type { DiscoverAnswer, FoundLayer, FoundStack } from "../model/discovered.ts";
import { userError } from "../model/errors.ts";

export interface AccountDraft {
  application: string;
  /** The environment's name. */
  environment: string;
}

/**
 * A manifest to start from: as components the stacks that hold more than layers, and the layers that these do not make; the
 * account as an environment. It loads as it is; what the account cannot tell (sources, the branch) is a comment. Throws a UserError
 * when nothing was found that could be a component.
 */
export function draftFromAccount(answer: DiscoverAnswer, draft: AccountDraft): string {
  const stacks = answerOr(answer.stacks, []).filter((stack) => stack.parent === null && holdsMore(stack));
  const layers = answerOr(answer.layers, []).filter(({ stack }) => !stacks.some(({ name }) => name === stack));
  const names = new Set<string>();
  const components = [
    ...layers.flatMap((layer) => layerLines(layer, componentName(layer, names))),
    ...stacks.flatMap((stack) => stackLines(stack, componentName(stack, names))),
  ];
  if (components.length === 0) {
    const { account, region } = answer.aws;
    const message = `account ${account} has no layer and no stack in ${region} that could be read: nothing to draft from`;
    throw userError("blocked", "not-in-account", message);
  }
  return [
    `# What account ${answer.aws.account} has in ${answer.aws.region}. Say where each component's files are before the first plan.`,
    ...unreadLines(answer),
    `application: ${scalar(draft.application)}`,
    "",
    "components:",
    ...components,
    "",
    "environments:",
    ...environmentLines(answer, draft.environment, layers.length > 0),
    "",
  ].join("\n");
}

/** A list that could not be read leaves components out: the draft says so itself. */
function unreadLines({ layers, stacks }: DiscoverAnswer): string[] {
  const line = (what: string, asked: DiscoverAnswer["layers"] | DiscoverAnswer["stacks"]) =>
    asked.state === "unknown" ? [`# Without the ${what}, which could not be read: ${oneLine(whyUnknown(asked))}.`] : [];
  return [...line("layers", layers), ...line("stacks", stacks)];
}

/** A stack of nothing but layers is what a `lambda-layer` component makes by itself. What could not be read may hold more. */
function holdsMore({ resources }: FoundStack): boolean {
  if (resources.state === "unknown" || resources.value.length === 0) return true;
  return resources.value.some(({ type }) => type !== "AWS::Lambda::LayerVersion");
}

function layerLines({ name, stack, versions }: FoundLayer, component: string): string[] {
  const [newest] = answerOr(versions, []);
  const list = (key: string, values: readonly string[] = []) =>
    values.length === 0 ? [] : [`    ${key}: [${values.map(scalar).join(", ")}]`];
  return [
    `  ${scalar(component)}:`,
    "    type: lambda-layer",
    `    name: ${scalar(name)}`,
    `    source: [layers/${component}] # say where its files are`,
    ...list("runtimes", newest?.runtimes),
    ...list("architectures", newest?.architectures),
    ...(newest ? [`    # the newest version there is ${newest.version}, made ${newest.createdAt}`] : []),
    ...(stack === null
      ? []
      : [`    # made by the stack ${oneLine(stack)} until now; this component makes one of its own`]),
  ];
}

function stackLines({ name, status }: FoundStack, component: string): string[] {
  return [
    `  ${scalar(component)}:`,
    "    type: cloudformation",
    `    stack: ${scalar(name)} # ${oneLine(status)}`,
    `    template: stacks/${component}.yaml # say where its template is`,
    "    source: [stacks]",
  ];
}

function environmentLines(answer: DiscoverAnswer, environment: string, needsBucket: boolean): string[] {
  return [
    `  ${scalar(environment)}:`,
    "    branch: main # say which branch may be deployed here",
    "    aws:",
    ...Object.entries(answer.aws).map(([key, value = ""]) => `      ${key}: ${scalar(value)}`),
    ...(needsBucket ? [bucketLine(answer)] : []),
  ];
}

/** Names that buckets for artifacts usually have. */
const usual = /artifact|deploy|code|layers|build/;

function bucketLine({ aws: { account, region }, buckets }: DiscoverAnswer): string {
  const known = answerOr(buckets, []).find(({ artifacts }) => artifacts);
  if (known) return `    artifacts: s3://${known.name}`;
  const found = answerOr(buckets, []).filter((bucket) => bucket.region === null || bucket.region === region);
  const likely = found.find(({ name }) => usual.test(name) && ArtifactBucket.safeParse(`s3://${name}`).success);
  if (likely) return `    artifacts: s3://${likely.name} # is this the bucket for artifacts?`;
  const why = buckets.state === "unknown" ? "the buckets could not be read" : "none was found";
  return `    artifacts: s3://landfall-${account}-${region} # ${why}: create it, or name another`;
}

/** The component that a thing belongs to, or a name made of its own: lower-case letters, digits and dashes. Each once. */
function componentName({ name, component }: Pick<FoundLayer, "name" | "component">, taken: Set<string>): string {
  const first = component ?? plainName(name, "component");
  let free = first;
  for (let number = 2; taken.has(free); number += 1) free = `${first}-${number}`;
  taken.add(free);
  return free;
}

/** A text as a name of the manifest. `otherwise` stands where nothing of it can, and before mere digits: no name is a number. */
export function plainName(text: string, otherwise: string): string {
  const kept = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  if (kept === "") return otherwise;
  return /^\d+$/.test(kept) ? `${otherwise}-${kept}` : kept;
}

/** A text as people write it, and quoted where YAML would read something else: JSON's strings are YAML's. */
function scalar(text: string): string {
  const plain = /^[A-Za-z][\w.-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}

/** A comment ends with its line. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\u2028\u2029]+/gu, " ").trim();
}
