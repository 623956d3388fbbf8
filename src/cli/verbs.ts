import type { Option, Verb } from "./verb.ts";

const ref: Option = {
  name: "ref",
  value: "REF",
  help: "the commit, branch or tag (default: what is checked out, which must then be clean)",
};
const component: Option = {
  name: "component",
  value: "NAME",
  many: true,
  help: "only this component; may be repeated",
};
const reason: Option = { name: "reason", value: "TEXT", help: "why, for the record" };
const wait: Option = {
  name: "wait",
  value: "TIME",
  help: "how long to wait for the environment's lock, such as 10m (the default) or 0s",
};
const events: Option = {
  name: "events",
  help: "write every event to stdout as it happens, one JSON object per line; the last line is the answer",
};
const target: Option = { name: "target", value: "T", help: "the target, by its name in the manifest" };
const noDeferred: Option = { name: "no-deferred", help: "end with exit code 5 when a target is deferred" };

const onceDone: Option = {
  name: "once-done",
  value: "STEP",
  many: true,
  help: "a step that must run once, and whose end is not known, did take effect; needs --reason",
};
const onceRerun: Option = {
  name: "once-rerun",
  value: "STEP",
  many: true,
  help: "it did not take effect: run it again; needs --reason",
};

/** Every verb of this version, in the order in which help lists them. What is not here is not built. */
export const verbs: readonly Verb[] = [
  {
    name: "init",
    summary: "write a commented landfall.yaml for this repository",
    usage: ["init"],
    takes: [0, 0],
    options: [{ name: "force", help: "write over a manifest that exists" }],
    load: () => import("./commands/init.ts"),
  },
  {
    name: "check",
    summary: "check all that can be known without touching an environment",
    usage: ["check [ENV]", "check image [DOCKERFILE…]"],
    takes: [0, Number.POSITIVE_INFINITY],
    details:
      "That is the manifest, and the images that its components build from the files here.\n`check image` tells whether an image will hold all that it starts, from the Dockerfile alone: no engine, no manifest.\nWithout a name it takes every Dockerfile below. The context is found in compose files, workflows and scripts,\nor guessed from what is copied.",
    options: [
      { name: "context", value: "DIR", help: "check image: the build context" },
      { name: "build-arg", value: "K=V", many: true, help: "check image: a build argument; may be repeated" },
      { name: "target", value: "STAGE", help: "check image: the stage to build (default: the last)" },
      { name: "entry", value: "COMMAND", help: "check image: what is started, instead of what the Dockerfile says" },
      {
        name: "explain",
        value: "MODULE",
        help: "check image: why this module is needed, and where it would have to be",
      },
    ],
    load: () => import("./commands/check.ts"),
  },
  {
    name: "plan",
    summary: "read the targets, and show what a deploy would do and why",
    usage: ["plan ENV [COMPONENT…]"],
    takes: [1, Number.POSITIVE_INFINITY],
    details: "Changes nothing. A deploy that a guard would refuse ends with exit code 3 here too.",
    options: [
      ref,
      component,
      { name: "force", help: "plan to lay the release anew even where it is; needs --reason" },
      reason,
    ],
    load: () => import("./commands/plan.ts"),
  },
  {
    name: "deploy",
    summary: "bring an environment to a revision, and prove that it runs",
    usage: ["deploy ENV [COMPONENT…]"],
    takes: [1, Number.POSITIVE_INFINITY],
    details:
      "Plan, preflight, build, execute, prove, record. A deploy that was refused has changed nothing;\none that was interrupted is taken over by the next.",
    options: [
      ref,
      component,
      { name: "dry-run", help: "the same as plan" },
      wait,
      { name: "force", help: "lay the release anew even where it is; needs --reason" },
      reason,
      onceDone,
      onceRerun,
      noDeferred,
      events,
    ],
    load: () => import("./commands/deploy.ts"),
  },
  {
    name: "prove",
    summary: "read every target again, and record the evidence; changes nothing",
    usage: ["prove ENV [COMPONENT…]"],
    takes: [1, Number.POSITIVE_INFINITY],
    options: [
      { name: "ref", value: "REF", help: "prove this commit (default: the one that should run, as the ledger says)" },
      component,
      noDeferred,
      events,
    ],
    load: () => import("./commands/prove.ts"),
  },
  {
    name: "status",
    summary: "what runs where, with the verdict and its age",
    usage: ["status [ENV]"],
    takes: [0, 1],
    details: "Reads the ledger only; with --live the targets too, and drift ends with exit code 1.",
    options: [{ name: "live", help: "read the targets now" }],
    load: () => import("./commands/status.ts"),
  },
  {
    name: "history",
    summary: "the rollouts of an environment, or one of them with every step",
    usage: ["history ENV", "history show [ENV] ID"],
    takes: [1, 3],
    details: "ID may be shortened as long as it is unique.",
    options: [{ name: "limit", value: "N", help: "how many to list (default: 20)" }],
    load: () => import("./commands/history.ts"),
  },
  {
    name: "rollback",
    summary: "deploy the last proven revision before the present one, and prove it",
    usage: ["rollback ENV"],
    takes: [1, 1],
    options: [
      { name: "to", value: "REF", help: "this revision instead; it must have been proven in ENV" },
      { name: "dry-run", help: "only tell what it would do, and what it could not undo" },
      wait,
      reason,
      noDeferred,
      events,
    ],
    load: () => import("./commands/rollback.ts"),
  },
  {
    name: "approve",
    summary: "approve the plan that a deploy would carry out, for environments that require it",
    usage: ["approve ENV [COMPONENT…] --reason TEXT", "approve ENV --withdraw --reason TEXT"],
    takes: [1, Number.POSITIVE_INFINITY],
    details:
      "Makes the plan, shows it, asks, and records who approved it: for this very plan, and for one rollout that ends\nproven. Give it what the deploy will be given. It is signed where git has gpg.format ssh and user.signingkey.",
    options: [
      { name: "plan", value: "HASH", help: "the plan that was looked at, as `plan` names it; another one is refused" },
      ref,
      component,
      reason,
      { name: "withdraw", help: "take back what was approved and not used: all of it, or that of --plan" },
      { name: "force", help: "the plan of a deploy with --force" },
      onceDone,
      onceRerun,
    ],
    load: () => import("./commands/approve.ts"),
  },
  {
    name: "sync",
    summary: "on a target itself: bring it to the environment's last proven revision, if it is behind",
    usage: ["sync ENV --target T"],
    takes: [1, 1],
    details:
      "Runs in a clone of its own, whose work tree it changes; the agent's timer does it at boot. What runs is kept\nwhen the git remote cannot be asked.",
    options: [target, wait, events],
    load: () => import("./commands/sync.ts"),
  },
  {
    name: "agent",
    summary: "install or remove what brings a target to the last proven revision when it boots",
    usage: ["agent install ENV --target T", "agent uninstall ENV --target T"],
    takes: [2, 2],
    details:
      "Needs root on the target by `sudo -n`. Everything that the agent needs there is checked first; nothing is changed\nwhen something is missing, and nothing when it is installed already.",
    options: [
      target,
      { name: "login", value: "USER", help: "log in as this user to install (default: the target's own user)" },
      { name: "user", value: "USER", help: "the user that the agent runs as (default: the target's own user)" },
      {
        name: "remote",
        value: "URL",
        help: "where the target fetches the application from (default: the origin here)",
      },
    ],
    load: () => import("./commands/agent.ts"),
  },
  {
    name: "policy",
    summary: "the least-privilege IAM policy of an environment, and what the present policies lack or have too much",
    usage: [
      "policy ENV [--check | --diff]",
      "policy ENV --trust [--repository OWNER/NAME] [--github-environment NAME]",
    ],
    takes: [1, 1],
    details:
      "Made from the manifest alone; several documents, one after the other, where one would be longer than IAM takes.\n--check and --diff read the policies of whoever the environment's credentials are, and change nothing.\nWhat is missing, or cannot be told, ends with exit code 1.",
    options: [
      { name: "trust", help: "the trust policy of a role that GitHub's jobs of this environment's branches may enter" },
      { name: "check", help: "name each permission that is missing, and each that nothing in the manifest needs" },
      { name: "diff", help: "the present policies against the generated one, and how many versions are left" },
      { name: "repository", value: "R", help: "with --trust: OWNER/NAME at GitHub (default: the git remote origin)" },
      { name: "github-environment", value: "NAME", help: "with --trust: the environment of GitHub that the job names" },
    ],
    load: () => import("./commands/policy.ts"),
  },
  {
    name: "credentials",
    summary: "whose AWS credentials open an environment, of what kind and how old; its secrets by version",
    usage: ["credentials ENV"],
    takes: [1, 1],
    details:
      "Reads only, and never a secret's value. What may not be read is unknown, with the permission that is missing,\nand ends with exit code 4; what `credentials: { block: true }` would refuse ends with 3.",
    options: [],
    load: () => import("./commands/credentials.ts"),
  },
  {
    name: "discover",
    summary: "what an AWS account has: stacks, layers and who uses them, buckets, functions",
    usage: ["discover --aws ENV", "discover --aws [--profile P] [--region R]"],
    takes: [0, 1],
    details:
      "With ENV each thing is matched with the manifest's components. Reads only; a kind that may not be read is told as\nunknown, and ends with exit code 4.",
    options: [
      { name: "aws", help: "look at an AWS account" },
      { name: "profile", value: "P", help: "without ENV: the profile that gives the credentials" },
      { name: "region", value: "R", help: "without ENV: the region (default: the one that the profile is set to)" },
      { name: "draft", help: "write a manifest to start from instead of the tables" },
    ],
    load: () => import("./commands/discover.ts"),
  },
  {
    name: "lock",
    summary: "who holds an environment's lock, since when",
    usage: ["lock ENV"],
    takes: [1, 1],
    options: [],
    load: () => import("./commands/lock.ts"),
  },
  {
    name: "unlock",
    summary: "break the lock of another; recorded, and its holder is fenced",
    usage: ["unlock ENV --reason TEXT"],
    takes: [1, 1],
    options: [reason],
    load: () => import("./commands/unlock.ts"),
  },
  {
    name: "schema",
    summary: "the manifest's JSON Schema",
    usage: ["schema"],
    takes: [0, 0],
    options: [],
    load: () => import("./commands/schema.ts"),
  },
  {
    name: "explain",
    summary: "the page of an error or finding code; without a code, the list",
    usage: ["explain [CODE]"],
    takes: [0, 1],
    options: [],
    load: () => import("./commands/explain.ts"),
  },
  {
    name: "demo",
    summary: "the whole promise on this machine in a minute, no account needed",
    usage: ["demo"],
    takes: [0, 0],
    options: [events, { name: "keep", help: "leave the repository and the running application in place, to look at" }],
    load: () => import("./commands/demo.ts"),
  },
];

/** Options that every verb takes. */
export const globalOptions: readonly Option[] = [
  { name: "directory", short: "C", value: "DIR", help: "work as if started in DIR" },
  { name: "file", short: "f", value: "FILE", help: "another manifest than landfall.yaml" },
  { name: "json", help: "answer with one JSON document on stdout" },
  { name: "yes", short: "y", help: "answer yes to every question" },
  { name: "no-color", help: "no colours (NO_COLOR does the same)" },
  { name: "help", short: "h", help: "show help; after a verb, help on it" },
  { name: "version", short: "v", help: "show the version" },
];
