import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Patience } from "../../../src/io/aws/patience.ts";
import { AwsSession } from "../../../src/io/aws/session.ts";

/** A session of an account whose services are one server of this process. It listens from here on. */
export async function sessionWith(
  server: Server,
  limits?: Patience,
): Promise<{ session: AwsSession; close: () => Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "none" };
  const chain = { identity: async () => keys, region: async () => null };
  const session = new AwsSession({ account: "111122223333", region: "us-east-2", endpoint }, chain, limits);
  return {
    session,
    close: async () => {
      session.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
