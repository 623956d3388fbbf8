import type { Provider } from "../provider.ts";
import { type DockerFacts, survey } from "./facts.ts";
import { guards } from "./guards.ts";
import { imageOf } from "./image.ts";
import { logs } from "./logs.ts";
import { plan } from "./plan.ts";
import { prove } from "./prove.ts";
import { DockerSpec, DockerTarget, secretNames } from "./spec.ts";
import { run } from "./steps.ts";
import { hostOf } from "./target.ts";

/** Containers on a Docker host, this machine or one over OpenSSH: see README.md. */
export const docker: Provider<DockerSpec, DockerTarget, DockerFacts> = {
  type: "docker",
  summary: "A container on a Docker host: this machine, or one over OpenSSH.",
  spec: DockerSpec,
  target: DockerTarget,
  identifies: true,
  variables: secretNames,
  survey,
  plan,
  image: imageOf,
  guards,
  run,
  prove,
  logs,
  // Commands run on the host, in the login's home: what is to run inside says `docker exec`.
  reach: (place, context) => ({ host: hostOf(place, context), directory: "." }),
};
