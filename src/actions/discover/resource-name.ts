/** A layer version's physical id is its ARN; its layer is named in there. */
export function nameOf(type: string, physicalId: string): string {
  return type === "AWS::Lambda::LayerVersion" ? (physicalId.split(":")[6] ?? physicalId) : physicalId;
}
