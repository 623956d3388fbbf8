import type { Pack } from "tar-stream";

/**
 * Adds an entry to a tar that is being written. Resolves when it took the content, so that memory holds about one at a time.
 * What is written may end before it is full (a full disk): the entry says so as an event, which would otherwise end the process.
 */
export async function addEntry(
  tar: Pack,
  header: Parameters<Pack["entry"]>[0],
  content: Buffer | string,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    tar.entry(header, content, (error) => (error ? reject(error) : resolve())).on("error", reject);
  });
}
