/** The first parts of every ARN of a region: most of AWS, its part in China, and the one of the government of the USA. */
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
