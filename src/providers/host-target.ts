import { z } from "zod";
import { hostName, userName } from "../model/text.ts";

/** The keys of a target that is reached over OpenSSH, or is this machine: one definition for every type that runs on one. */
export const hostKeys = {
  host: hostName().describe("Its name or address for OpenSSH; `localhost` is this machine, without SSH."),
  user: userName().optional().describe("The login; default: what ssh's configuration says."),
  port: z.int().min(1).max(65535).optional().describe("The port of sshd; default: what ssh's configuration says."),
  sshConfig: z.string().min(1).optional().describe("A file for ssh's `-F`, relative to the manifest."),
};
