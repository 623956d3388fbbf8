import { z } from "zod";
import type { Place } from "../../model/place.ts";
import { absolutePath, duration, form, relativePath, webAddress } from "../../model/text.ts";
import { hostKeys } from "../host-target.ts";
import { VersionClaim } from "../http-version.ts";

const repositoryName = "[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?::\\d+)?(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*";

const variableName = () =>
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "must be the name of an environment variable" });

const oneLine = () =>
  z.string().refine((value) => !/[\n\r\0]/.test(value), { error: "must be one line: more goes into a file" });

const Image = z
  .strictObject({
    dockerfile: relativePath()
      .optional()
      .describe(
        "The Dockerfile, relative to the manifest. The component's files are the build context. Default: `Dockerfile`.",
      ),
    target: form(/^[A-Za-z0-9][\w.-]*$/, "the name of a stage")
      .optional()
      .describe("The stage to build; the last one by default."),
    args: z
      .record(variableName(), oneLine())
      .optional()
      .describe(
        "Build arguments, such as `GIT_COMMIT: ${revision.commit}`. They stay in the image's history: never for secrets.",
      ),
    repository: form(new RegExp(`^${repositoryName}$`), "a repository such as registry.example.com/shop/web")
      .optional()
      .describe(
        "A registry's repository. The image is then built once, on this machine, pushed there, and pulled by its digest.",
      ),
    check: z
      .boolean()
      .optional()
      .describe("`false`: the image is built without the image check. That it is off is a warning in every plan."),
    digest: form(new RegExp(`^${repositoryName}@sha256:[0-9a-f]{64}$`), "name@sha256:… with 64 digits")
      .optional()
      .describe("An image that was built elsewhere, by its digest."),
    tag: form(new RegExp(`^${repositoryName}:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`), "name:tag")
      .optional()
      .describe(
        "An image that was built elsewhere, by its tag. The registry is asked once per rollout what it stands for, and that digest is deployed and proven; a tag that moved since is refuted.",
      ),
  })
  .refine(({ digest, tag }) => digest === undefined || tag === undefined, {
    error: "takes digest or tag, not both: they name the same thing",
  })
  .refine(
    ({ digest, tag, dockerfile, target, args, repository, check }) =>
      (digest ?? tag) === undefined || (dockerfile ?? target ?? args ?? repository ?? check) === undefined,
    { error: "names an image that was built elsewhere, so nothing of how to build it can be given" },
  )
  .describe("How the image is built, or which one that was built elsewhere is run.");

const Health = z
  .string()
  .refine((value) => value.includes("${") || value.startsWith("/") || webAddress().safeParse(value).success, {
    error: "must be an http or https address, or a path that begins with /",
  })
  .describe(
    "An address, or a path on the first published port, that must answer with a status from 200 to 299. Alone it proves nothing.",
  );

const Prove = z
  .strictObject({
    health: Health.optional(),
    http: VersionClaim.optional().describe("The address whose answer must name the revision."),
    stable: duration()
      .default("10s")
      .describe("How long the container must have stayed up. Not waited for when it has been up longer already."),
    within: duration()
      .default("60s")
      .describe("How long the claims may take to come true after a change. Nothing is proven before it is read."),
  })
  .describe("What is read beyond the container itself, whose image, state, restarts and ports are always read.");

/** The keys of a component of type `docker`, beyond those that every component has. */
export const DockerSpec = z
  .strictObject({
    image: Image.prefault({}),
    ports: z
      .array(
        form(
          /^(?:(?:\d{1,3}\.){3}\d{1,3}:)?\d{1,5}:\d{1,5}$/,
          "host:container, such as 8080:80 or 127.0.0.1:8080:80, for TCP",
        ),
      )
      .default([])
      .describe("Published TCP ports: `8080:80`, or `127.0.0.1:8080:80` for one address of the host."),
    command: z.array(oneLine()).min(1).optional().describe("What the container runs instead of the image's command."),
    env: z
      .record(variableName(), oneLine())
      .default({})
      .describe("Environment variables of the container. They are on no command line, and in no image."),
    secrets: z
      .union([
        z.array(variableName()).min(1),
        z.record(variableName(), z.strictObject({ file: absolutePath().describe("Where the container finds it.") })),
      ])
      .default([])
      .describe(
        "Variables of the deployer's environment: a list gives them to the container as variables, `{ NAME: { file: /run/secrets/name } }` as files.",
      ),
    network: form(/^(?!host$)[A-Za-z0-9][\w.-]*$/, "the name of a network, and not host")
      .optional()
      .describe("A network of the engine, where the container answers to the component's name."),
    volumes: z
      .array(form(/^(?:[A-Za-z0-9][\w.-]*|\/[^:\n]*):\/[^:\n]+(?::ro)?$/, "name:/path or /path:/path, with :ro or not"))
      .default([])
      .describe("Volumes and folders of the host: `data:/var/lib/app`, `/srv/files:/files:ro`."),
    user: form(/^[\w.-]+(?::[\w.-]+)?$/, "a user or user:group")
      .optional()
      .describe("Who the container's process runs as; default: what the image says."),
    memory: form(/^\d+[bkmg]$/, "a size such as 256m")
      .optional()
      .describe("The most memory that it may use."),
    keep: z
      .int()
      .min(2)
      .default(5)
      .describe(
        "How many images stay on the target. The running one and proven ones that a rollback may need are kept.",
      ),
    prove: Prove.prefault({}),
  })
  .refine(({ prove, ports }) => !prove.health?.startsWith("/") || ports.length > 0, {
    error: "has a path for `prove.health`, and publishes no port to ask on",
  })
  .refine(({ env, secrets }) => (Array.isArray(secrets) ? secrets : []).every((name) => !Object.hasOwn(env, name)), {
    error: "gives a variable both in `env` and in `secrets`",
  });
export type DockerSpec = z.infer<typeof DockerSpec>;

/** The keys of a target that is a Docker host. */
export const DockerTarget = z.strictObject(hostKeys);
export type DockerTarget = z.infer<typeof DockerTarget>;

export type DockerPlace = Place<DockerSpec, DockerTarget>;

/** What is to run: an image that is built from the component's files, or one that was built elsewhere. */
export type ImagePlan =
  | { from: "build"; dockerfile: string; repository: string | null }
  | { from: "digest"; ref: string }
  | { from: "tag"; ref: string };

export function imagePlan({ image }: DockerSpec): ImagePlan {
  if (image.digest !== undefined) return { from: "digest", ref: image.digest };
  if (image.tag !== undefined) return { from: "tag", ref: image.tag };
  return { from: "build", dockerfile: image.dockerfile ?? "Dockerfile", repository: image.repository ?? null };
}

/** A published port. `address` is empty for every address of the host. */
export interface Port {
  address: string;
  host: number;
  container: number;
}

export function portsOf({ ports }: DockerSpec): Port[] {
  return ports.map((text) => {
    const [container = "", host = "", address = ""] = text.split(":").reverse();
    return { address, host: Number(host), container: Number(container) };
  });
}

/** Names of the deployer's variables that the container is given. */
export function secretNames({ secrets }: Pick<DockerSpec, "secrets">): string[] {
  return Array.isArray(secrets) ? secrets : Object.keys(secrets);
}
