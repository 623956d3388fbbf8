import { userError } from "../model/errors.ts";

/**
 * How large a package may be, in bytes. For Lambda: `unzippedBytes` is 262,144,000, of the function and all its layers
 * together ("CodeSizeUnzipped" of https://docs.aws.amazon.com/lambda/latest/api/API_AccountLimit.html, with the figures in
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). The 50 MB of a zip hold only for a direct upload
 * ("CodeSizeZipped"); from S3 a zip may have any size whose content fits.
 */
export interface Limits {
  zipBytes: number;
  unzippedBytes: number;
}

/** Throws `package-too-large`, with the folders that hold most, when a package is above a limit. */
export function refuseTooLarge(
  component: string,
  { files, bytes = 0 }: { files: readonly { path: string; bytes: number }[]; bytes?: number },
  { zipBytes, unzippedBytes }: Limits,
): void {
  const unzipped = files.reduce((sum, file) => sum + file.bytes, 0);
  const over = [
    ...(unzipped > unzippedBytes ? [`${count(unzipped)} unzipped, and ${count(unzippedBytes)} are allowed`] : []),
    ...(bytes > zipBytes ? [`${count(bytes)} zipped, and ${count(zipBytes)} are allowed`] : []),
  ];
  if (over.length === 0) return;
  const largest = largestFolders(files).map(([folder, size]) => `${folder} ${count(size)}`);
  const message = `the package of ${component} has ${over.join("; ")}; most is in ${largest.join(", ")}`;
  throw userError("blocked", "package-too-large", message, { component });
}

const named = 5;
const depth = 2;

/** Folders of the first two levels (`python/numpy`), by what they hold. */
function largestFolders(files: readonly { path: string; bytes: number }[]): [folder: string, bytes: number][] {
  const sizes = new Map<string, number>();
  for (const { path, bytes } of files) {
    const folder = path.split("/").slice(0, depth).join("/");
    sizes.set(folder, (sizes.get(folder) ?? 0) + bytes);
  }
  return [...sizes].sort(([, a], [, b]) => b - a).slice(0, named);
}

function count(bytes: number): string {
  return `${bytes.toLocaleString("en-US")} bytes`;
}
