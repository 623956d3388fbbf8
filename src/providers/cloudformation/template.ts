import { isDeepStrictEqual } from "node:util";
import { type CollectionTag, Pair, parseDocument, Scalar, type ScalarTag, YAMLMap } from "yaml";

/** A CloudFormation template, as far as we look into it. Functions are in their long form: `{ "Fn::Sub": … }`. */
export interface Template {
  Resources: Readonly<Record<string, Resource>>;
  Parameters?: Readonly<Record<string, { Default?: unknown; NoEcho?: unknown } | undefined>>;
  Outputs?: Readonly<Record<string, { Value?: unknown; Condition?: unknown } | undefined>>;
  Description?: unknown;
  Metadata?: unknown;
  Transform?: unknown;
}

export interface Resource {
  Type: string;
  Properties?: Readonly<Record<string, unknown>>;
  [key: string]: unknown;
}

/** What the short tags stand for; `!Ref` and `!Condition` are functions without the `Fn::`. */
const functions: readonly (readonly [tag: string, long: string])[] = [
  ["Ref", "Ref"],
  ["Condition", "Condition"],
  ...(
    "And Base64 Cidr Equals FindInMap ForEach GetAtt GetAZs If ImportValue Join Length Not Or Select Split Sub " +
    "ToJsonString Transform"
  )
    .split(" ")
    .map((name) => [name, `Fn::${name}`] as const),
];

const tags = functions.flatMap(tagsOf);

function tagsOf([name, long]: (typeof functions)[number]): (ScalarTag | CollectionTag)[] {
  const wrap = (value: unknown) => {
    const map = new YAMLMap();
    map.add(new Pair(new Scalar(long), value));
    return map;
  };
  // `!GetAtt A.B` is short for the list of both.
  const scalar = (text: string) => (name === "GetAtt" ? text.split(/\.(.*)/, 2) : text);
  return [
    { tag: `!${name}`, resolve: (text: string) => ({ [long]: scalar(text) }) },
    { tag: `!${name}`, collection: "seq", resolve: wrap },
    { tag: `!${name}`, collection: "map", resolve: wrap },
  ];
}

/** Reads a template, JSON or YAML. A text in place of it says what is wrong. */
export function readTemplate(text: string): Template | string {
  const document = parsed(text);
  const [mistake] = document.errors;
  if (mistake?.code === "MULTIPLE_DOCS") return "it holds several documents, and a template is one";
  if (mistake) return mistake.message.split("\n")[0] ?? "it is not YAML";
  let template: unknown;
  try {
    template = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const resources = record(record(template)?.Resources);
  if (!resources || Object.keys(resources).length === 0) return "it has no resources";
  const untyped = Object.entries(resources).find(([, resource]) => typeof record(resource)?.Type !== "string");
  if (untyped) return `the resource ${untyped[0]} has no type`;
  return template as Template;
}

/**
 * A tag that is not known here is short for a function of its name, too: that there is none of that name is then CloudFormation's
 * to say. Without its tag a function would be a plain text, and `!sub "${A}"` would be taken at its word.
 */
function parsed(text: string) {
  // With `silent` a second document would be passed over.
  const options = { uniqueKeys: true, logLevel: "error" } as const;
  const document = parseDocument(text, { ...options, customTags: tags });
  const unknown = document.warnings.flatMap(({ message }) => /Unresolved tag: !([A-Za-z]\w*)/.exec(message)?.[1] ?? []);
  if (unknown.length === 0) return document;
  const more = [...new Set(unknown)].flatMap((name) => tagsOf([name, `Fn::${name}`]));
  return parseDocument(text, { ...options, customTags: [...tags, ...more] });
}

/** Whether two templates do the same, however they are written. One that cannot be read equals only itself. */
export function sameTemplate(a: string, b: string): boolean {
  if (a === b) return true;
  const [one, other] = [readTemplate(a), readTemplate(b)];
  if (typeof one === "string" || typeof other === "string") return false;
  return isDeepStrictEqual(normal(acting(one)), normal(acting(other)));
}

/**
 * All that a template does. A change of its words alone is none to CloudFormation, which takes them with other changes only, so a
 * difference in them could never be made to go away; a transform may read the metadata.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-description-structure.html
 */
function acting({ Description: _, Metadata, ...all }: Template): object {
  return all.Transform === undefined ? all : { ...all, Metadata };
}

/** JSON knows no dates, and no difference between a number and its text that CloudFormation would see. */
function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, inner) => (typeof inner === "number" ? String(inner) : inner)));
}

/** Resources by what a change from one template to another does to them. */
export interface ResourceChanges {
  added: string[];
  changed: string[];
  removed: string[];
}

export function resourceChanges(from: Template | null, to: Template): ResourceChanges {
  const before = from?.Resources ?? {};
  const after = to.Resources;
  return {
    added: Object.keys(after).filter((id) => !Object.hasOwn(before, id)),
    changed: Object.keys(after).filter(
      (id) => Object.hasOwn(before, id) && !isDeepStrictEqual(normal(before[id]), normal(after[id])),
    ),
    removed: Object.keys(before).filter((id) => !Object.hasOwn(after, id)),
  };
}

/** Properties of resources that name files of this machine: somebody would have to upload them first. */
export function localFiles({ Resources }: Template): string[] {
  const keys = ["CodeUri", "ContentUri", "DefinitionUri", "TemplateURL", "SchemaUri"];
  // Resources of other types, custom ones too, have locations that are no files.
  const keysOf = (type: string) => (type === "AWS::Serverless::Application" ? [...keys, "Location"] : keys);
  return Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
    keysOf(Type).flatMap((key) => {
      const value = record(Properties)?.[key];
      const isLocal = typeof value === "string" && !/^(s3|https?|arn):/.test(value);
      return isLocal ? [`${id}.${key}: ${value}`] : [];
    }),
  );
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
