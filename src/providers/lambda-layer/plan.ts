import type { Finding } from "../../model/finding.ts";
import { settingOf } from "../aws-place.ts";
import { stackState } from "../cloudformation/stack-state.ts";
import { readTemplate, type Template } from "../cloudformation/template.ts";
import type { PlacePlan, Wanted } from "../provider.ts";
import type { LayerFacts } from "./facts.ts";
import { leave, stackStep, uploadStep } from "./intended.ts";
import { currentLayer, described, identityOf, type KeptLayer, keptLayers } from "./layers.ts";
import { planOwnTemplate } from "./own-template.ts";
import { type LayerPlace, stackOf } from "./spec.ts";

/**
 * Compares the artifact that was proven for this source with what the stack's output names. Pure. Before a source was built
 * for the first time its content is not known: the steps then find out whether a version holds it already.
 */
export function plan(place: LayerPlace, facts: LayerFacts, wanted: Wanted): PlacePlan {
  const state = stackState(stackOf(place), settingOf(place).region, facts.stack);
  if (state.is === "stuck") return leave(state.finding.message, [state.finding]);
  if (place.spec.template) return planOwnTemplate(place, place.spec.template, facts, wanted);
  const template = facts.template === null ? null : readTemplate(facts.template);
  if (typeof template === "string") return leave("the stack's template cannot be read", [unreadable(place, template)]);
  const foreign = foreignResources(template);
  if (foreign.length > 0) return leave("the stack holds something else", [notOurs(place, foreign)]);
  return planKept(place, facts, template, wanted);
}

function planKept(place: LayerPlace, facts: LayerFacts, template: Template | null, wanted: Wanted): PlacePlan {
  const kept = keptLayers(template);
  const held = wanted.artifact === null ? null : heldVersion(place, facts, kept, wanted.artifact.digest);
  if (held && !wanted.force) {
    const version = versionOf(facts, held);
    if (currentLayer(template)?.id === held.id && isCurrent(facts, held))
      return leave(`version ${version} holds it: ${unchangedSince(facts, wanted)}`);
    const reason = `version ${version} holds this content already: the output is pointed to it, and nothing is published`;
    return { reason, steps: [stackStep(place, reason, [])], settled: [], findings: [], withoutArtifact: true };
  }
  const lost = kept.filter(({ id }) => !isAlive(facts, id));
  const reason = wanted.force ? "all of it is done again, as was asked for" : whyPublished(facts, lost, wanted);
  const removed = [...lost, ...beyond(place, kept, lost, currentLayer(template))].map(({ id }) => id);
  return { reason, steps: [uploadStep(place, reason), stackStep(place, reason, removed)], settled: [], findings: [] };
}

/** The kept version that holds an artifact, and that Lambda still has; the newest of several. */
export function heldVersion(
  { spec }: Pick<LayerPlace, "spec">,
  facts: Pick<LayerFacts, "arns" | "alive">,
  kept: readonly KeptLayer[],
  digest: string,
): KeptLayer | null {
  const identity = identityOf(spec, digest);
  return kept.findLast((layer) => layer.identity === identity && isAlive(facts, layer.id)) ?? null;
}

function isAlive({ arns, alive }: Pick<LayerFacts, "arns" | "alive">, id: string): boolean {
  return alive.includes(arns[id] ?? "");
}

/** Whether the output names this version and Lambda says that it holds the artifact. */
function isCurrent({ arns, output, current }: LayerFacts, { id, digest }: KeptLayer): boolean {
  return output !== null && output === arns[id] && `sha256:${current?.sha256}` === digest;
}

function versionOf({ arns }: LayerFacts, { id }: KeptLayer): string {
  return arns[id]?.split(":").at(-1) ?? "?";
}

function unchangedSince({ current }: LayerFacts, { commit, accepts }: Wanted): string {
  const made = current && described(current.description);
  if (!made || made.commit === commit) return "its source is that of this commit";
  const known = accepts.includes(made.commit) ? "its source is the same as at" : "its content is that of";
  return `${known} ${made.commit.slice(0, 7)}`;
}

function whyPublished({ stack, output, current }: LayerFacts, lost: readonly KeptLayer[], wanted: Wanted): string {
  if (stack === null || output === null) return "no version was published yet";
  if (current === null) return `${output} was deleted behind the stack's back: its content is published anew`;
  const made = described(current.description);
  const from = made
    ? `version ${current.version} is of ${made.commit.slice(0, 7)}`
    : `version ${current.version} is not ours`;
  if (wanted.artifact === null) return `${from}, whose source differs`;
  if (lost.some(({ digest }) => digest === wanted.artifact?.digest))
    return "the version that held this content is gone";
  return `${from}, and no version of the stack holds this content for these runtimes`;
}

/** The oldest of those that are kept, when one more would be too many. They stay in Lambda. */
function beyond(
  { spec }: LayerPlace,
  kept: readonly KeptLayer[],
  lost: readonly KeptLayer[],
  current: KeptLayer | null,
): KeptLayer[] {
  const left = kept.filter((layer) => !lost.includes(layer) && layer.id !== current?.id);
  return left.slice(0, Math.max(0, left.length + 2 - spec.keep));
}

function foreignResources(template: Template | null): string[] {
  const own = new Set(keptLayers(template).map(({ id }) => id));
  return Object.keys(template?.Resources ?? {}).filter((id) => !own.has(id));
}

function notOurs(place: LayerPlace, ids: readonly string[]): Finding {
  const message = `the stack ${stackOf(place)} holds what Landfall did not put there: ${ids.join(", ")}`;
  return {
    code: "stack-differs",
    level: "block",
    message,
    fix: "name another stack with `stack`, or its own template with `template`",
  };
}

function unreadable(place: LayerPlace, problem: string): Finding {
  const message = `the template of the stack ${stackOf(place)} cannot be read: ${problem}`;
  return { code: "template-invalid", level: "block", message };
}
