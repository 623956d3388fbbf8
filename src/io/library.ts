import { shellQuote } from "../util/shell.ts";

/** Shell functions that scripts use: texts that are read one after another. */
export interface Library {
  /** Whose they are: parts of one name never contradict each other, and a part is read once in a shell that lives on. */
  name: string;
  parts: readonly string[];
}

/**
 * What a shell reads so that it has a library beside the parts that it `held` before. LANDFALL_LIB is then the text of all of
 * it, for scripts that pass it on.
 */
export function librarySetup({ name, parts }: Library, held: Library | null = null): string {
  const known = held?.name === name ? held.parts : [];
  const missing = parts.filter((part) => !known.includes(part));
  return [
    ...(known.length === 0 ? ["LANDFALL_LIB="] : []),
    ...missing.map((part) => {
      const text = shellQuote(`${part}\n`);
      return `landfall_part=${text}\nLANDFALL_LIB=$LANDFALL_LIB$landfall_part\neval "$landfall_part"`;
    }),
  ].join("\n");
}

/** What such a shell holds afterwards. */
export function holding(library: Library, held: Library | null): Library {
  if (held?.name !== library.name) return library;
  return { name: library.name, parts: [...new Set([...held.parts, ...library.parts])] };
}

/** A script for a shell that holds nothing yet. */
export function withLibrary(script: string, library: Library | undefined): string {
  return library === undefined ? script : `${librarySetup(library)}\n${script}`;
}
