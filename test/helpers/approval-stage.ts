import { join } from "node:path";
import { type ApproveRequest, approve } from "../../src/actions/approve.ts";
import { type DeployRequest, deploy } from "../../src/actions/deploy.ts";
import type { World } from "../../src/actions/world.ts";
import type { ApprovalAnswer, RolloutAnswer } from "../../src/model/answers.ts";
import { type Key, makeKey } from "./keys.ts";
import { deployRequest, type Stage, setStage } from "./stage.ts";

/** A stage with two environments, `sandbox` and `production`, and a bare remote that holds its branches. */
export interface ApprovalStage extends Stage {
  remote: string;
  /** Commits to the branch that is checked out, and pushes it. */
  publish(files: Record<string, string>): string;
  to(environment: string, more?: Partial<DeployRequest>): Promise<RolloutAnswer>;
  approve(more?: Partial<ApproveRequest>, world?: World): Promise<ApprovalAnswer>;
  /** Lets git sign with this key from now on; null: with none. */
  signWith(key: Key | null): void;
  /** What had an effect on the machines of production. */
  touched(): string[];
}

export const ana: Key = makeKey("ana");
export const eve: Key = makeKey("eve");

/** The manifest; `requires` stands in production, `approvers` at the top. */
export function approvalManifest(requires: string, approvers: readonly { name: string; key: Key }[] = []): string {
  const listed = approvers.map(({ name, key }) => `  - { name: ${name}, key: "${key.public.trim()}" }\n`).join("");
  return `application: app
${listed === "" ? "" : `approvers:\n${listed}`}components:
  web:
    type: fake
    source: [src]
    on: [s1, s2, p1]
    steps:
      migrate: { run: work, once: revision }
  worker: { type: fake, source: [worker], on: [s1w, w1] }
environments:
  sandbox:
    branch: [test, main]
    targets:
      s1: { host: s1 }
      s2: { host: s2, presence: on-demand }
      s1w: { host: s1w }
  production:
    branch: main
    requires: ${requires}
    targets:
      p1: { host: p1 }
      w1: { host: w1 }
`;
}

export function setApprovalStage(
  requires: string,
  approvers: readonly { name: string; key: Key }[] = [],
): ApprovalStage {
  const stage = setStage();
  stage.world.owner = { ...stage.world.owner, who: "ana" };
  const remote = join(stage.directory, ".git", "remote.git");
  stage.git("init", "--quiet", "--bare", "--initial-branch=main", remote);
  stage.git("remote", "add", "origin", remote);
  const publish = (files: Record<string, string>) => {
    const commit = stage.commit(files);
    stage.git("push", "--quiet", "origin", "HEAD");
    return commit;
  };
  publish({ "landfall.yaml": approvalManifest(requires, approvers), "worker/w.txt": "one\n" });
  const words = { environment: "production", reason: "looked at it", confirm: async () => true };
  return {
    ...stage,
    remote,
    publish,
    to: (environment, more = {}) => deploy(deployRequest({ environment, ...more }), stage.world),
    approve: (more = {}, world = stage.world) => approve({ ...deployRequest(), ...words, ...more }, world),
    signWith: (key) => {
      if (key === null) return void stage.git("config", "--unset", "gpg.format");
      stage.git("config", "gpg.format", "ssh");
      stage.git("config", "user.signingkey", `${key.path}.pub`);
    },
    touched: () => ["p1", "w1"].flatMap((name) => stage.machines.at(name).log.map((step) => `${name}: ${step}`)),
  };
}
