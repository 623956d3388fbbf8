import { spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { sshEnvironment } from "./ssh-login.ts";

/**
 * A connection from a host to an address as the host sees it: ssh's `-W` over the host's login. `args` are what ssh needs
 * to go through that login. ssh does not say when the connection is made; that it was not shows as an error of the stream,
 * made of what `why` gives.
 */
export function tunnel(args: readonly string[], destination: string, place: string, why: () => string): Duplex {
  const child = spawn("ssh", [...args, "-W", place, "--", destination], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
    env: sshEnvironment(),
  });
  let received = false;
  const duplex = new Duplex({
    read: () => void child.stdout.resume(),
    // That ssh has gone already is told by its end, which knows why.
    write: (chunk, _encoding, done) => void child.stdin.write(chunk, (error) => done(received ? error : null)),
    final: (done) => void child.stdin.end(done),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  child.stdin.on("error", (error) => received && duplex.destroy(error));
  child.stdout.on("data", (chunk) => {
    received = true;
    if (!duplex.push(chunk)) child.stdout.pause();
  });
  child.stdout.on("end", () => {
    // An end without a byte may be that of a connection that was never made: the exit status tells.
    if (received) duplex.push(null);
    else child.stdin.end();
  });
  child.once("error", (error) => duplex.destroy(error));
  child.once("close", (status) => {
    if (status === 0) duplex.push(null);
    else if (!duplex.readableEnded) duplex.destroy(new Error(`${place} cannot be reached from there: ${why()}`));
  });
  return duplex;
}
