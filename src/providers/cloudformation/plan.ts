import type { Stack } from "../../io/aws/cloudformation.ts";
import type { Finding } from "../../model/finding.ts";
import { seconds } from "../../model/text.ts";
import { settingOf } from "../aws-place.ts";
import type { PlacePlan, Wanted } from "../provider.ts";
import type { StackFacts } from "./facts.ts";
import { parameterChanges, parameterFindings } from "./parameters.ts";
import { comparable, likeness } from "./shown.ts";
import { type StackPlace, stackOf } from "./spec.ts";
import { stackState } from "./stack-state.ts";
import { localFiles, readTemplate, resourceChanges, type Template } from "./template.ts";

/** Compares the template and the parameters with those of the stack, and names what a change would do to which resources. Pure. */
export function plan(place: StackPlace, facts: StackFacts, wanted: Wanted): PlacePlan {
  const text = wanted.texts[place.spec.template];
  const template = text === undefined ? null : readTemplate(text);
  if (text === undefined || template === null) return nothing("there is no template", [missing(place)]);
  if (typeof template === "string") return nothing("the template cannot be used", [invalid(place, template)]);
  const name = stackOf(place);
  const state = stackState(name, settingOf(place).region, facts.stack);
  if (state.is === "stuck") return nothing(state.finding.message, [state.finding]);
  const findings = shippable(place, template, text, facts);
  const read = facts.template === null ? null : readTemplate(facts.template);
  const live = typeof read === "string" ? null : read;
  const parameters = facts.stack ? parameterChanges(place.spec, template, facts.stack) : [];
  const told = [
    ...changesTold(live, comparable(facts.template, text, template)),
    ...listed("sets the parameters", parameters),
    ...listed("changes the tags", tagChanges(place.spec.tags, facts.stack?.tags ?? {})),
  ];
  const reason = reasonFor(name, facts, text, told, wanted);
  if (reason === null) return nothing(`the stack ${name} has this template and these parameters`, findings);
  return {
    reason,
    steps: [
      {
        component: place.component,
        target: place.target,
        name: "stack",
        action: "change",
        reason,
        timeoutSeconds: seconds(place.spec.within),
        retries: 0,
        once: false,
        takesOver: true,
        input: {
          stack: name,
          create: state.is === "absent",
          // What CloudFormation does not show may have changed, too.
          ...resourceChanges(live, template),
          transformed: template.Transform !== undefined,
        },
      },
    ],
    settled: [],
    findings,
    withoutArtifact: true,
  };
}

function nothing(reason: string, findings: Finding[]): PlacePlan {
  return { reason, steps: [], settled: [], findings, withoutArtifact: true };
}

/** Why the stack is to be changed; null: it need not be. */
function reasonFor(
  name: string,
  { stack, template }: StackFacts,
  text: string,
  told: readonly string[],
  { force, proven, digest }: Wanted,
): string | null {
  if (stack === null || template === null) return `there is no stack ${name} yet`;
  if (force) return "the stack is changed anew, as was asked for";
  if (told.length > 0) return told.join("; ");
  const like = likeness(template, text);
  if (like === "other") return "the template says more than its resources anew";
  if (like === "same" || proven.includes(digest)) return null;
  return "CloudFormation shows no characters outside ASCII, so it is asked whether they changed";
}

function changesTold(live: Template | null, template: Template): string[] {
  const { added, changed, removed } = resourceChanges(live, template);
  return [...listed("adds", added), ...listed("changes", changed), ...listed("removes", removed)];
}

function listed(verb: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${verb} ${names.join(", ")}`];
}

/** The names of tags that differ from the manifest's. Where that gives none, those of the stack are somebody else's. */
function tagChanges(wanted: Stack["tags"], live: Stack["tags"]): string[] {
  if (Object.keys(wanted).length === 0) return [];
  const all = Object.keys({ ...wanted, ...live }).filter((name) => !name.startsWith("aws:"));
  return all.filter((name) => wanted[name] !== live[name]).sort();
}

function missing({ component, spec: { template: file } }: StackPlace): Finding {
  const message = `${file} is not among the files of ${component} at this commit`;
  return { code: "template-missing", level: "block", message, file, fix: "commit it, or add it to `source`" };
}

function invalid({ spec: { template: file } }: StackPlace, problem: string): Finding {
  return { code: "template-invalid", level: "block", message: `${file}: ${problem}`, file };
}

/** Bytes that a template may have in a call, and from a bucket. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
export const inlineBytes = 51_200;
const mostBytes = 1_048_576;

function shippable(place: StackPlace, template: Template, text: string, { bucket }: StackFacts): Finding[] {
  const { template: file } = place.spec;
  const bytes = Buffer.byteLength(text);
  const block = (code: Finding["code"], message: string, fix: string): Finding => ({
    code,
    level: "block",
    message,
    file,
    fix,
  });
  const found: Finding[] = [];
  if (bytes > mostBytes)
    found.push(
      block("template-invalid", `${file} has ${bytes} bytes, and at most ${mostBytes} are allowed`, "split it"),
    );
  else if (bytes > inlineBytes && bucket === null)
    found.push(
      block(
        "template-invalid",
        `${file} has ${bytes} bytes: above ${inlineBytes} it goes through a bucket`,
        "give the environment a bucket with `artifacts`",
      ),
    );
  found.push(...parameterFindings(file, place.spec, template));
  const local = localFiles(template);
  if (local.length > 0)
    found.push(
      block(
        "template-invalid",
        `${file} names files that nobody would upload: ${local.join(", ")}`,
        "name what lies in a bucket, through parameters",
      ),
    );
  return found;
}
