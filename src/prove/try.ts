/** What one try came to. `lost`: nothing can be said, because there was no way to ask. */
export interface Try {
  ended: "held" | "failed" | "lost";
  /** What was seen, in a few words. */
  seen: string;
  code?: "version-old";
}
