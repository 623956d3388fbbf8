import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { CliEnd } from "../cli.ts";
import { type Files, makeRepository, type TestRepository } from "../repository.ts";
import { type AwsScene, type AwsSceneOptions, startAws } from "./aws-scene.ts";
import { landfallInAws, program } from "./cli.ts";

/** A repository with two layers, and the two accounts that they are shipped to. */
export interface LayersScene {
  aws: AwsScene;
  repository: TestRepository;
  bucketOf(account: string): string;
  /** Writes files, and commits them on a branch; gives the commit. Default: what is checked out. */
  commit(files?: Files, branch?: string): Promise<string>;
  /** A file's text as it lies in the working tree. */
  read(path: string): Promise<string>;
  /** What the command line is started with, where a test starts it itself. */
  program: string;
  environment: NodeJS.ProcessEnv;
  /** Runs the command line as a job of the environment's account, or with other variables. */
  landfall(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<CliEnd>;
  remove(): Promise<void>;
}

/** The manifest of both accounts, as the documentation has it. */
export function layersManifest(
  url: string,
  more: { sandbox?: string; production?: string; components?: string; top?: string } = {},
): string {
  const environment = (name: string, branch: string, account: string, extra = "") => `  ${name}:
    branch: ${branch}
    vars: { prefix: ${name} }
    aws: { account: "${account}", region: us-east-2, profile: ${name}, endpoint: "${url}" }
    artifacts: s3://${account}-code-deployment/layers
${extra}`;
  return `application: shared-layers
${more.top ?? ""}components:
  web:
    type: lambda-layer
    source: [layers/web]
    name: \${vars.prefix}-web-layer
    build: mkdir python && cp *.py python/
    runtimes: [python3.12]
  toolkit:
    type: lambda-layer
    source: [layers/toolkit]
    name: \${vars.prefix}-toolkit-layer
    build: mkdir python && cp *.py python/
    runtimes: [python3.12]
${more.components ?? ""}
environments:
${environment("sandbox", "test", "111122223333", more.sandbox)}
${environment("production", "main", "444455556666", more.production)}
`;
}

export async function layersScene(
  options: AwsSceneOptions & Parameters<typeof layersManifest>[1] = {},
): Promise<LayersScene> {
  const aws = await startAws(options);
  const bucketOf = (account: string) => `${aws.moto.account(account).id}-code-deployment`;
  for (const { name } of aws.moto.accounts) {
    const s3 = new S3Client({ ...aws.moto.account(name).access, forcePathStyle: true });
    await s3.send(
      new CreateBucketCommand({
        Bucket: bucketOf(name),
        CreateBucketConfiguration: { LocationConstraint: "us-east-2" },
      }),
    );
    s3.destroy();
  }
  const repository = await makeRepository({
    "landfall.yaml": layersManifest(aws.url, options),
    "layers/web/web.py": "VERSION = 1\n",
    "layers/toolkit/toolkit.py": "VERSION = 1\n",
    "README.md": "layers\n",
  });
  await repository.git("branch", "test");
  aws.journal.forget();
  return {
    aws,
    repository,
    bucketOf,
    commit: async (files = {}, branch) => {
      if (branch !== undefined) await repository.checkout(branch);
      await repository.write(files);
      return await repository.commit();
    },
    read: async (path) => await readFile(join(repository.directory, path), "utf8"),
    program,
    environment: { ...process.env, ...aws.moto.environment, AWS_ENDPOINT_URL: aws.url },
    landfall: async (args, env = {}) =>
      await landfallInAws(repository.directory, args, { ...aws.moto.environment, AWS_ENDPOINT_URL: aws.url, ...env }),
    remove: async () => {
      await repository.remove();
      await aws.stop();
    },
  };
}
