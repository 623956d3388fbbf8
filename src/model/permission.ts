/** What a part of Landfall does in an account: one statement of the least-privilege policy. */
export interface Permission {
  /** Such as `lambda:GetLayerVersion`: written out, without wildcards. */
  actions: readonly string[];
  /** ARNs; `*` only where the service knows no resource for the action. */
  resources: readonly string[];
  /** As in a policy: operator → key → values. The condition on the region is added where the policy is made. */
  conditions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** What it is needed for, in a few words: `reads what runs`. */
  why: string;
}
