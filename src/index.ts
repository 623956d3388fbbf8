/**
 * Landfall as a library: the verbs, and the words they speak in. Nothing here prints or exits; every verb takes its
 * outside as a `World` and gives a typed answer.
 */
export { type ApproveRequest, approve, withdraw } from "./actions/approve.ts";
export { check } from "./actions/check.ts";
export { type CheckImageRequest, checkImages } from "./actions/check-image.ts";
export { credentials } from "./actions/credentials.ts";
export { type DeployRequest, deploy } from "./actions/deploy.ts";
export { type DiscoverRequest, discover, draftOf } from "./actions/discover.ts";
export { history, showRollout } from "./actions/history.ts";
export { init } from "./actions/init.ts";
export { layerUsers } from "./actions/layer-users.ts";
export { lockHolder, unlock } from "./actions/lock.ts";
export { plan } from "./actions/plan.ts";
export {
  checkPolicy,
  diffPolicy,
  type PolicyRequest,
  policy,
  type TrustRequest,
  trust,
} from "./actions/policy.ts";
export { type ProveRequest, prove } from "./actions/prove.ts";
export { type RollbackRequest, rollback } from "./actions/rollback.ts";
export { type StatusRequest, status } from "./actions/status.ts";
export { type SyncRequest, sync } from "./actions/sync.ts";
export type { World } from "./actions/world.ts";
export { openHosts } from "./io/open-hosts.ts";
export { readOwner } from "./io/owner.ts";
export { openGitLedger } from "./ledger/git-store.ts";
export type { Ledger } from "./ledger/ledger.ts";
export type * from "./model/answers.ts";
export type { Approval, ApprovalUse, Signature } from "./model/approval.ts";
export type { Asked } from "./model/asked.ts";
export { type Code, type CodePage, codes } from "./model/codes.ts";
export type { CredentialsAnswer } from "./model/credentials.ts";
export type { DiscoverAnswer } from "./model/discovered.ts";
export { type Refusal, UserError } from "./model/errors.ts";
export type { Evidence, Reading, Verdict } from "./model/evidence.ts";
export type { Finding, Level } from "./model/finding.ts";
export type { Holder } from "./model/holder.ts";
export type { CheckedImage, ImageAnswer, ImageExplanation, ImageVerdict } from "./model/image-answer.ts";
export type { ImageEffect, ImageFinding } from "./model/image-finding.ts";
export type { LayerUsers } from "./model/layer-users.ts";
export type { Debt, Outcome, OutcomeName, Reason } from "./model/outcome.ts";
export type { Permission } from "./model/permission.ts";
export type { Plan, PlannedTarget } from "./model/plan.ts";
export type * from "./model/policy-answer.ts";
export type { Progress } from "./model/progress.ts";
export type { Revision } from "./model/revision.ts";
export type { Owner, Rollout, RolloutEvent, Stage } from "./model/rollout.ts";
export type { State } from "./model/state.ts";
export type { PlannedStep, StepEnd, StepError, StepResult } from "./model/step.ts";
export { providers } from "./providers/index.ts";
export type { Provider } from "./providers/provider.ts";
