import { randomBytes } from "node:crypto";
import { createServer } from "node:net";

/**
 * A port of an address that is free now, out of the range from which outgoing connections get theirs: what is started on
 * it a moment later, or again after a stop, finds it free although other test files run beside.
 */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 20_000 + (randomBytes(2).readUInt16BE() % 10_000);
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen(port, host, () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error(`no free port of ${host} was found between 20000 and 30000`);
}
