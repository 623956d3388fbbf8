import type { AwsSetting } from "../../model/aws.ts";
import { userError } from "../../model/errors.ts";
import { awsError } from "./errors.ts";
import { type Identity, type IdentityChain, identityChain, whereFrom } from "./identity.ts";
import { type Patience, patience } from "./patience.ts";

/** Whose credentials these are, as the service itself says. */
export interface Caller {
  account: string;
  arn: string;
}

/** The official clients, each with its module: loaded when the first call needs it. */
const openers = {
  cloudformation: async (config: ClientConfig) => {
    const sdk = await import("@aws-sdk/client-cloudformation");
    return { sdk, client: new sdk.CloudFormationClient(config) };
  },
  iam: async (config: ClientConfig) => {
    const sdk = await import("@aws-sdk/client-iam");
    return { sdk, client: new sdk.IAMClient(config) };
  },
  lambda: async (config: ClientConfig) => {
    const sdk = await import("@aws-sdk/client-lambda");
    return { sdk, client: new sdk.LambdaClient(config) };
  },
  s3: async (config: ClientConfig) => {
    const sdk = await import("@aws-sdk/client-s3");
    // An emulator has no name server for its buckets.
    return { sdk, client: new sdk.S3Client({ ...config, forcePathStyle: config.endpoint !== undefined }) };
  },
  secrets: async (config: ClientConfig) => {
    const sdk = await import("@aws-sdk/client-secrets-manager");
    return { sdk, client: new sdk.SecretsManagerClient(config) };
  },
  sts: async (config: ClientConfig) => {
    const sdk = await import("@aws-sdk/client-sts");
    return { sdk, client: new sdk.STSClient(config) };
  },
};

export type AwsService = keyof typeof openers;
export type AwsClient<S extends AwsService> = Awaited<ReturnType<(typeof openers)[S]>>;

interface ClientConfig {
  region: string;
  credentials: () => Promise<Identity>;
  maxAttempts: number;
  requestHandler: Patience;
  endpoint?: string;
}

/** The calls that read, by the first word of their names. Every other one writes. */
const reads = /^(Get|List|Describe|Head|Detect|Validate|Simulate)/;

/**
 * One environment's way into AWS. Whoever signs a call that writes was asked for before, and belongs to the environment's
 * account: otherwise the call is not sent.
 */
export class AwsSession {
  readonly setting: AwsSetting;
  readonly #chain: IdentityChain;
  readonly #patience: Patience;
  readonly #clients = new Map<AwsService, Promise<unknown>>();
  /** By access key: whom it belongs to. */
  readonly #callers = new Map<string, Promise<Caller>>();

  /** @param chain where the credentials come from; default: as the setting says */
  constructor(setting: AwsSetting, chain: IdentityChain = identityChain(setting), limits: Patience = patience) {
    this.setting = setting;
    this.#chain = chain;
    this.#patience = limits;
  }

  /** The official client of a service. */
  async open<S extends AwsService>(service: S): Promise<AwsClient<S>> {
    const known = this.#clients.get(service) ?? this.#open(service);
    this.#clients.set(service, known);
    return (await known) as AwsClient<S>;
  }

  /** The credentials that the next call is signed with. Throws a UserError `aws-no-credentials` when there are none. */
  async identity(): Promise<Identity> {
    return await this.#chain.identity();
  }

  /** Whom the credentials belong to, whatever account that is. */
  async caller(): Promise<Caller> {
    return await this.#whoIs(await this.identity());
  }

  /**
   * Compares account and region with those of the environment. Throws a UserError: `wrong-account` and `wrong-region`
   * (blocked), or why it can't be told.
   */
  async confirm(): Promise<Caller> {
    const region = await this.#chain.region();
    const { setting } = this;
    if (region !== null && region !== setting.region) {
      const message = `the region is ${setting.region}, and ${whereFrom(setting)} is set to ${region}`;
      const fix = `set AWS_REGION=${setting.region}, or correct \`aws.region\``;
      throw userError("blocked", "wrong-region", message, { fix });
    }
    return await this.#confirm(await this.identity());
  }

  close(): void {
    for (const opened of this.#clients.values())
      void opened.then((known) => (known as AwsClient<"sts">).client.destroy()).catch(() => {});
    this.#clients.clear();
  }

  async #confirm(identity: Identity): Promise<Caller> {
    const caller = await this.#whoIs(identity);
    const { account } = this.setting;
    if (caller.account === account) return caller;
    const message = `the account is ${account}, and ${whereFrom(this.setting)} gave ${caller.account} (${caller.arn})`;
    throw userError("blocked", "wrong-account", message, {
      fix: `use credentials of ${account}, with \`aws.profile\`, \`aws.role\` or AWS_PROFILE`,
    });
  }

  async #whoIs(identity: Identity): Promise<Caller> {
    const known = this.#callers.get(identity.accessKeyId) ?? this.#ask(identity);
    this.#callers.set(identity.accessKeyId, known);
    known.catch(() => this.#callers.delete(identity.accessKeyId));
    return await known;
  }

  async #ask(identity: Identity): Promise<Caller> {
    const { sdk, client } = await openers.sts({ ...this.#config(), credentials: async () => identity });
    try {
      const { Account, Arn } = await client.send(new sdk.GetCallerIdentityCommand());
      if (Account && Arn) return { account: Account, arn: Arn };
    } catch (error) {
      throw awsError("sts:GetCallerIdentity", error);
    } finally {
      client.destroy();
    }
    throw userError("blocked", "aws-failed", "sts:GetCallerIdentity: the answer names no account");
  }

  async #open(service: AwsService): Promise<unknown> {
    const opened = await openers[service](this.#config());
    this.#guard(opened.client as AwsClient<"sts">["client"]);
    return opened;
  }

  #config(): ClientConfig {
    const { region, endpoint } = this.setting;
    return {
      region,
      credentials: async () => await this.identity(),
      maxAttempts: 5,
      requestHandler: this.#patience,
      ...(endpoint === undefined ? {} : { endpoint }),
    };
  }

  /** Looks at the very identity that signs: a session that was renewed meanwhile may be somebody else's. */
  #guard({ middlewareStack }: AwsClient<"sts">["client"]): void {
    const guard = (next: Next, context: { commandName?: string }) => async (args: never) => {
      if (!reads.test(context.commandName ?? "")) await this.#confirm(signerOf(context) ?? (await this.identity()));
      return await next(args);
    };
    middlewareStack.addRelativeTo(guard as unknown as Parameters<typeof middlewareStack.addRelativeTo>[0], {
      relation: "after",
      toMiddleware: "httpAuthSchemeMiddleware",
      name: "landfallAccountGuard",
    });
  }
}

/** What a call's middleware hands on to. */
type Next = (args: never) => Promise<never>;

/** What the clients keep of the chosen way to sign, in the context of a call. */
function signerOf(context: object): Identity | undefined {
  const { __smithy_context: inner } = context as {
    __smithy_context?: { selectedHttpAuthScheme?: { identity?: Identity } };
  };
  return inner?.selectedHttpAuthScheme?.identity;
}

/** The sessions of one verb: one for each setting. */
export class AwsSessions {
  readonly #sessions = new Map<string, AwsSession>();

  get(setting: AwsSetting): AwsSession {
    const key = JSON.stringify(setting);
    const session = this.#sessions.get(key) ?? new AwsSession(setting);
    this.#sessions.set(key, session);
    return session;
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }
}
