import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { StoredArtifact } from "../model/artifact.ts";
import { userError } from "../model/errors.ts";
import type { Evidence } from "../model/evidence.ts";
import type { Place } from "../model/place.ts";
import type { StepEnd } from "../model/step.ts";
import type { Context, PlacePlan, Provider, Wanted, Work } from "./provider.ts";

/** What the suite needs to try a provider: a place, two revisions, and the means to break things. */
export interface Subject {
  provider: Provider;
  /** An empty place, with at least one step of its own and one that must run once, both of which succeed. */
  place: Place;
  /** The same place with a step that fails. */
  failing: Place;
  context: Context;
  /** What runs there names no commit: it is known by its content alone. */
  nameless?: boolean;
  /** The first or second revision. They differ in content. */
  revision(number: 1 | 2): Promise<{ wanted: Wanted; artifact: StoredArtifact }>;
  /** From now on the unit keeps running what it runs, whatever is deployed. */
  stickUnit(): Promise<void>;
  unstickUnit(): Promise<void>;
  /** Ends the unit. */
  stopUnit(): Promise<void>;
  turnOff(): Promise<void>;
  turnOn(): Promise<void>;
  /** How often the step that must run once had its effect. */
  onceEffects(): Promise<number>;
  dispose(): Promise<void>;
}

/** The suite that every provider passes. Its tests are a story on one place: they run in order. */
export function providerContract(name: string, make: () => Promise<Subject>): void {
  describe(`the provider ${name} keeps the contract`, { concurrency: false }, () => {
    let subject: Subject;
    let token = 1;
    before(async () => {
      subject = await make();
    });
    after(async () => await subject.dispose());

    const facts = async (place = subject.place) => {
      const survey = await subject.provider.survey(place, subject.context);
      assert.equal(survey.state, "read", JSON.stringify(survey));
      return survey.state === "read" ? survey : assert.fail();
    };
    const planFor = async (
      number: 1 | 2,
      place = subject.place,
    ): Promise<{ plan: PlacePlan; wanted: Wanted; artifact: StoredArtifact }> => {
      const { wanted, artifact } = await subject.revision(number);
      return { plan: subject.provider.plan(place, (await facts(place)).facts, wanted), wanted, artifact };
    };
    const runAll = async (number: 1 | 2, place = subject.place, useToken = ++token): Promise<StepEnd[]> => {
      const { plan, wanted, artifact } = await planFor(number, place);
      assert.deepEqual(plan.findings, []);
      const ends: StepEnd[] = [];
      for (const step of plan.steps) {
        const work: Work = {
          rollout: `R${useToken}`,
          token: useToken,
          ledger: wanted.ledger,
          wanted,
          artifact,
          confirm: async () => {
            if (useToken < token) throw userError("unproven", "fenced", "another rollout holds the lock by now");
          },
          onLine: () => {},
        };
        const end = await subject.provider.run(step, place, work, subject.context);
        ends.push(end);
        if (end.result === "failed") break;
      }
      return ends;
    };
    const prove = async (number: 1 | 2, changed = true): Promise<Evidence[]> => {
      const { wanted, artifact } = await subject.revision(number);
      return await subject.provider.prove(subject.place, wanted, artifact, changed, subject.context);
    };
    const verdicts = (evidence: Evidence[]) =>
      evidence.map(({ claim, verdict, reason }) => `${claim}: ${verdict}: ${reason}`).join("\n");

    it("an empty place is read as empty, and reading it twice gives the same", async () => {
      const first = await facts();
      assert.equal(first.running, null);
      assert.equal(first.busy, null);
      assert.notEqual(first.summary, "");
      assert.deepEqual((await facts()).running, null);
    });

    it("nothing that was never deployed is proven", async () => {
      const evidence = await prove(1, false);
      assert.ok(evidence.length > 0, "no evidence at all");
      assert.ok(
        evidence.some(({ verdict }) => verdict !== "proven"),
        verdicts(evidence),
      );
    });

    it("a plan is pure: the same facts give the same plan, and every step has a reason and a name of its own", async () => {
      const { wanted } = await subject.revision(1);
      const { facts: read } = await facts();
      const copy = structuredClone(read);
      const plan = subject.provider.plan(subject.place, read, wanted);
      assert.deepEqual(subject.provider.plan(subject.place, read, wanted), plan);
      assert.deepEqual(read, copy, "the plan changed the facts");
      assert.ok(plan.steps.length > 0);
      assert.notEqual(plan.reason, "");
      for (const step of plan.steps) assert.notEqual(step.reason, "");
      assert.equal(new Set(plan.steps.map((step) => step.name)).size, plan.steps.length);
      assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan, "a plan is plain data");
    });

    it("a deploy that went well is proven by readings that name what was read", async () => {
      for (const end of await runAll(1))
        assert.ok(end.result === "done" || end.result === "unchanged", JSON.stringify(end));
      const evidence = await prove(1);
      assert.ok(
        evidence.every(({ verdict }) => verdict === "proven"),
        verdicts(evidence),
      );
      for (const item of evidence)
        assert.ok(
          item.readings.some(({ identity }) => identity),
          `${item.claim} has no reading`,
        );
    });

    it("what is proven is left alone, with the reason", async () => {
      const { plan } = await planFor(1);
      assert.deepEqual(plan.steps, []);
      assert.notEqual(plan.reason, "");
      const { running } = await facts();
      if (subject.nameless) assert.equal(running, null);
      else assert.equal(running?.digest, (await subject.revision(1)).wanted.digest);
    });

    it("the other revision is refuted as long as it is not deployed", async () => {
      const evidence = await prove(2, false);
      assert.ok(
        evidence.some(({ verdict }) => verdict === "refuted"),
        verdicts(evidence),
      );
    });

    it("a step that fails ends failed, with a code and a message", async () => {
      const ends = await runAll(2, subject.failing);
      const last = ends.at(-1);
      assert.equal(last?.result, "failed");
      if (last?.result === "failed") assert.notEqual(last.error.message, "");
    });

    it("a unit that keeps running the old release is refuted, whatever lies on the target", async () => {
      await subject.stickUnit();
      await runAll(2);
      const evidence = await prove(2);
      assert.ok(
        evidence.some(({ verdict }) => verdict === "refuted"),
        verdicts(evidence),
      );
      await subject.unstickUnit();
    });

    it("the next plan goes on from what is read, and ends proven", async () => {
      await runAll(2);
      const evidence = await prove(2);
      assert.ok(
        evidence.every(({ verdict }) => verdict === "proven"),
        verdicts(evidence),
      );
    });

    it("an older token is fenced, and changes nothing", async () => {
      const ends = await runAll(1, subject.place, 1);
      const last = ends.at(-1);
      assert.equal(last?.result === "failed" ? last.error.code : last?.result, "fenced");
      assert.ok((await prove(2, false)).every(({ verdict }) => verdict === "proven"));
    });

    it("going back to the first revision is a deploy like any other, and what must run once is not run again", async () => {
      const effects = await subject.onceEffects();
      await runAll(1);
      const evidence = await prove(1);
      assert.ok(
        evidence.every(({ verdict }) => verdict === "proven"),
        verdicts(evidence),
      );
      assert.equal(await subject.onceEffects(), effects);
    });

    it("a unit that is gone is not proven", async () => {
      await subject.stopUnit();
      const evidence = await prove(1, false);
      assert.ok(
        evidence.some(({ verdict }) => verdict !== "proven"),
        verdicts(evidence),
      );
    });

    it("a target that is off is neither read nor proven: every claim is unknown", async () => {
      await subject.turnOff();
      const survey = await subject.provider.survey(subject.place, subject.context);
      assert.notEqual(survey.state, "read");
      if (survey.state !== "read") assert.notEqual(survey.finding.message, "");
      const evidence = await prove(1, false);
      assert.ok(evidence.length > 0 && evidence.every(({ verdict }) => verdict === "unknown"), verdicts(evidence));
      await subject.turnOn();
    });
  });
}
