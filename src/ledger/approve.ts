import { ulid } from "ulid";
import { git } from "../io/git.ts";
import type { Approval, ApprovalEvent, Statement } from "../model/approval.ts";
import { statementText } from "../model/approval.ts";
import { UserError, userError } from "../model/errors.ts";
import type { State } from "../model/state.ts";
import { stateText } from "./append-commit.ts";
import { foldApproval } from "./approvals.ts";
import { durable, identity } from "./durable.ts";
import { type CommitWriter, openCommitWriter } from "./fast-import.ts";
import { emptyState } from "./fold.ts";
import { type Head, readHead } from "./head.ts";
import { jitter, moveRef } from "./move-ref.ts";
import { isShared, type Place } from "./place.ts";
import { approvalFolder, ledgerRef } from "./refs.ts";
import { takeUp } from "./synchronise.ts";
import { endWriting } from "./tidy.ts";

export interface ApprovalRequest {
  application: string;
  approval: Omit<Approval, "signed">;
  /** Whether the commit that holds it is signed, by git's own signing. Throws `signing-failed` where that cannot be done. */
  sign: boolean;
  /**
   * Looks at the signed commit (null: it is not signed) before anything is recorded, with the ledger's id that it states.
   * What it throws refuses the approval.
   */
  accept: (signed: string | null, ledger: string) => Promise<void>;
}

/** Writes an approval into the record. Resolves when it is durable, and at the remote where the record is shared. */
export async function recordApproval(place: Place, request: ApprovalRequest): Promise<Approval> {
  const { approval, application, accept } = request;
  let written: Approval = approval;
  await write(place, application, async (writer, head, empty) => {
    const before = head?.state ?? empty;
    const signed = request.sign ? await signedCommit(place, request, writer, head, before) : null;
    await accept(signed, before.ledger);
    written = signed === null ? approval : { ...approval, signed };
    const event: ApprovalEvent = { event: "approved", at: approval.at, approval: written };
    const message = `${approval.id}: approved by ${approval.who}\n`;
    return await writeEvent(writer, signed ?? head?.commit ?? null, before, approval.id, event, message);
  });
  return written;
}

/** Takes an approval back. */
export async function recordWithdrawal(
  place: Place,
  event: Extract<ApprovalEvent, { event: "approval-withdrawn" }>,
): Promise<void> {
  const message = `${event.approval}: ${event.who} withdraws the approval\n`;
  await write(place, "", (writer, head, empty) =>
    writeEvent(writer, head?.commit ?? null, head?.state ?? empty, event.approval, event, message),
  );
}

/**
 * Puts what `make` writes onto the record, made anew from its head as long as other writers are faster. A shared record
 * is pushed before ours moves: what is here and not there is put on top of others' commits, and would lose its signature.
 */
async function write(
  place: Place,
  application: string,
  make: (writer: CommitWriter, head: Head | null, empty: State) => Promise<string>,
): Promise<void> {
  const { repository, environment } = place;
  const ref = ledgerRef(environment);
  const writer = openCommitWriter(repository);
  try {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      if (isShared(place)) await takeUp(repository, place.remote, [environment]);
      const head = await readHead(place);
      const commit = await make(writer, head, emptyState(ulid(), application, environment));
      const end = isShared(place)
        ? await place.remote.push([{ ref, to: commit }])
        : await moveRef(repository, ref, commit, head?.commit ?? null);
      writer.check();
      if (end !== "lost") {
        if (isShared(place)) await takeUp(repository, place.remote, [environment]);
        return await endWriting(place, commit);
      }
      await jitter(attempt);
    }
  } finally {
    await writer.close();
  }
  throw userError("blocked", "ledger-write-failed", `other writers moved the ledger ${attempts} times in a row`);
}

/** Each try may ask a person to touch a key. */
const attempts = 5;

async function writeEvent(
  writer: CommitWriter,
  parent: string | null,
  before: State,
  approval: string,
  event: ApprovalEvent,
  message: string,
): Promise<string> {
  const files = [
    { path: `${approvalFolder(approval)}/${event.event}.ndjson`, content: `${JSON.stringify(event)}\n` },
    { path: "state.json", content: stateText(foldApproval(before, event)) },
  ];
  return await writer.write({ parent, message, files });
}

/**
 * The commit that an approver puts a name to. Its message is the statement itself, so the signature holds for what is said
 * and not only for a tree, and the commit can be checked without its history.
 */
async function signedCommit(
  { repository, environment }: Place,
  { application, approval }: ApprovalRequest,
  writer: CommitWriter,
  head: Head | null,
  { ledger }: State,
): Promise<string> {
  const message = statementText(statementOf(approval, application, environment, ledger));
  const path = `${approvalFolder(approval.id)}/statement.txt`;
  const parent = head?.commit ?? null;
  const plain = await writer.write({ parent, message, files: [{ path, content: message }] });
  const from = parent === null ? [] : ["-p", parent];
  const settings = [...durable, "-c", "gpg.format=ssh"];
  const options = { input: message, env: whoCommits(), timeoutSeconds: signingSeconds };
  const signed = git(repository, [...settings, "commit-tree", "-S", ...from, `${plain}^{tree}`], options);
  return (await signed.catch(explainSigning)).trim();
}

/** What an approval states where it stands. */
export function statementOf(
  { id, plan, commit, who, at, reason }: Approval,
  application: string,
  environment: string,
  ledger: string,
): Statement {
  return { id, application, environment, ledger, plan: plan.hash, commit, who, at, reason };
}

/** A key may wait for a touch. */
const signingSeconds = 120;

/** Whether git is set to sign with a key of SSH: the only kind that `approvers` lists. */
export async function signsWithSsh(repository: string): Promise<boolean> {
  const text = await git(
    repository,
    ["config", "--get-regexp", "^(gpg\\.format|user\\.signingkey|gpg\\.ssh\\.defaultkeycommand)$"],
    { allowStatus: [1] },
  );
  return /^gpg\.format ssh$/m.test(text) && /^(user\.signingkey|gpg\.ssh\.defaultkeycommand) ./m.test(text);
}

function whoCommits(): Record<string, string> {
  const [, name = "", email = "", date = ""] = /^(.*) <(.*)> (.*)$/.exec(identity(new Date())) ?? [];
  return Object.fromEntries(
    ["AUTHOR", "COMMITTER"].flatMap((role) => [
      [`GIT_${role}_NAME`, name],
      [`GIT_${role}_EMAIL`, email],
      [`GIT_${role}_DATE`, date],
    ]),
  );
}

function explainSigning(error: unknown): never {
  if (error instanceof UserError) throw error;
  const message = error instanceof Error ? error.message.trim() : String(error);
  throw userError("blocked", "signing-failed", `git could not sign the approval: ${message}`);
}
