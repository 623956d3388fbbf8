/** A template with a layer's version for each key, as one that retains every version is generated. */
export function layerTemplate(
  bucket: string,
  keys: Readonly<Record<string, string>>,
  current: string,
  name = "shared",
): string {
  const version = (key: string) => ({
    Type: "AWS::Lambda::LayerVersion",
    DeletionPolicy: "Retain",
    UpdateReplacePolicy: "Retain",
    Properties: {
      LayerName: name,
      Description: `from ${key}`,
      Content: { S3Bucket: bucket, S3Key: key },
      CompatibleRuntimes: ["python3.12"],
      CompatibleArchitectures: ["x86_64"],
    },
  });
  return JSON.stringify({
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "A layer",
    Resources: Object.fromEntries(Object.entries(keys).map(([id, key]) => [id, version(key)])),
    Outputs: { LayerVersionArn: { Value: { Ref: current } } },
  });
}

/** The smallest zip that unzips: an archive with one empty file, whose name makes its bytes differ. */
export function zipOf(name: string): Buffer {
  const bytes = Buffer.from(name);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(bytes.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(20, 4);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(bytes.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + bytes.length, 12);
  end.writeUInt32LE(local.length + bytes.length, 16);
  return Buffer.concat([local, bytes, central, bytes, end]);
}
