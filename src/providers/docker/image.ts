import type { ImageSource } from "../provider.ts";
import { type DockerPlace, type DockerSpec, imagePlan, secretNames } from "./spec.ts";

/** What the place's image is built from, and what its container is started with; null for one that was built elsewhere. */
export function imageOf({ spec }: Pick<DockerPlace, "spec">): ImageSource | null {
  const from = imagePlan(spec);
  if (from.from !== "build") return null;
  const { args = {}, target, check = true } = spec.image;
  return {
    dockerfile: from.dockerfile,
    buildArgs: args,
    target,
    command: spec.command,
    env: decisive(spec),
    mounts: spec.volumes.map((volume) => volume.split(":")[1] ?? "/"),
    checked: check,
  };
}

/** No other variable is handed on: what it holds would be shown with the command lines that it is a part of. */
function decisive(spec: DockerSpec): Record<string, string | null> {
  const secrets = Array.isArray(spec.secrets) ? secretNames(spec) : [];
  return Object.fromEntries(
    lookedFor.flatMap((name): [string, string | null][] => {
      const value = spec.env[name];
      if (value !== undefined) return [[name, value.includes("${") ? null : value]];
      return secrets.includes(name) ? [[name, null]] : [];
    }),
  );
}

/** Where Python and its servers look for what they load. */
const lookedFor = ["PYTHONPATH", "DJANGO_SETTINGS_MODULE", "FLASK_APP", "GUNICORN_CMD_ARGS"];
