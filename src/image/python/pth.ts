import { posix } from "node:path";
import type { Simulated } from "../image-tree.ts";

/** Folders that files beside the installed packages put on sys.path (docs.python.org, `site`), and whether there may be others. */
export function pathFiles({ tree, env }: Pick<Simulated, "tree" | "env">): { folders: string[]; open: boolean } {
  const folders: string[] = [];
  let open = false;
  for (const packages of packageFolders({ tree, env }))
    for (const name of tree.list(packages)) {
      if (!name.endsWith(".pth")) continue;
      const bytes = tree.read(posix.join(packages, name));
      if (bytes === null) open = true;
      for (const line of Buffer.from(bytes ?? [])
        .toString("utf8")
        .split(/\r?\n/)) {
        if (/^import[ \t]/.test(line)) open = true;
        else if (line.trim() !== "" && !line.startsWith("#")) folders.push(posix.resolve(packages, line.trim()));
      }
    }
  return { folders, open };
}

/** Where an interpreter of the image looks for what is installed. */
function packageFolders({ tree, env }: Pick<Simulated, "tree" | "env">): string[] {
  const programs = (env.PATH ?? "").split(":").filter((folder) => folder.endsWith("/bin"));
  const roots = ["/usr/local", "/usr", env.VIRTUAL_ENV ?? "", ...programs.map((folder) => posix.dirname(folder))];
  return [...new Set(roots.filter((root) => root.startsWith("/")).map((root) => posix.join(root, "lib")))].flatMap(
    (lib) =>
      tree
        .list(lib)
        .filter((name) => /^python[\d.]*$/.test(name))
        .flatMap((name) => ["site-packages", "dist-packages"].map((last) => posix.join(lib, name, last))),
  );
}
