import assert from "node:assert/strict";
import type { CliEnd } from "../cli.ts";

/** What tests look at in a rollout's document. */
export interface Document {
  outcome: string;
  exitCode: number;
  rollout: {
    steps: {
      component: string;
      name: string;
      result: string;
      reason?: string;
      error?: { code: string; message: string; output?: string[] };
    }[];
    evidence: { component: string; claim: string; verdict: string; reason: string; code?: string }[];
    findings: { code: string; level: string; message: string; fix?: string; component?: string }[];
  };
}

export function documentOf(end: CliEnd): Document {
  assert.notEqual(end.stdout, "", end.stderr);
  return JSON.parse(end.stdout);
}

/** The codes of what refused a rollout. */
export function codesOf(end: CliEnd): string[] {
  const { findings } = documentOf(end).rollout;
  return findings.filter(({ level }) => level === "block").map(({ code }) => code);
}

/** Every step with how it ended: `web upload done`. */
export function stepsOf(end: CliEnd): string[] {
  return documentOf(end).rollout.steps.map(({ component, name, result }) => `${component} ${name} ${result}`);
}

/** The error of the step that failed. */
export function errorOf(end: CliEnd): { code: string; message: string; output?: string[] } {
  const found = documentOf(end).rollout.steps.find(({ result }) => result === "failed");
  assert.ok(found?.error, `no step failed: ${end.stdout}`);
  return found.error;
}

/** What was found of a component's claims: `content refuted layer-missing`. */
export function claimsOf(end: CliEnd, component: string): string[] {
  return documentOf(end)
    .rollout.evidence.filter((item) => item.component === component)
    .map(({ claim, verdict, code }) => [claim, verdict, code].filter(Boolean).join(" "));
}
