/** What git has at a path of a commit. */
export interface Entry {
  /** With `/`, relative to the manifest's directory where nothing else is said. */
  path: string;
  /** git's mode: 100644, 100755, 120000 (symbolic link) or 160000 (submodule). */
  mode: string;
  /** The id of the content; of a submodule its commit. */
  blob: string;
}

/** One file of a component at a commit, as it is shipped. */
export interface SourceFile extends Entry {
  /** Where git has its content, when that is not the source's repository: a submodule's. */
  repository?: string;
}

/** One entry of what a digest is made of. */
export interface DigestEntry extends Entry {
  /** The path of what it is a copy of, where the component has a link to something outside of it. */
  from?: string;
}
