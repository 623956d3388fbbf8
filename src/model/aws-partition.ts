/** The part of a region's ARNs that tells AWS's own worlds apart. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** Services that have no region: a condition on it would be compared with the one that their only endpoint lies in. */
const globalServices = [
  "account",
  "budgets",
  "cloudfront",
  "globalaccelerator",
  "health",
  "iam",
  "organizations",
  "route53",
  "route53domains",
  "shield",
  "sts",
  "support",
  "waf",
];

/** Whether an action such as `iam:GetRole` belongs to a service without regions. */
export function isGlobal(action: string): boolean {
  return globalServices.includes(action.slice(0, action.indexOf(":")).toLowerCase());
}
