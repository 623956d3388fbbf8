import type { Notice } from "../model/notice.ts";
import type { SurveyedPlace } from "../providers/surveyed.ts";

/**
 * Whom to tell how a catch-up ends: its timer tries again every few minutes, so what it told of this commit the last time is
 * no news the next time. What it told is in the note on the target. Pure.
 */
export function withoutToldBefore(
  notices: readonly Notice[],
  surveyed: readonly SurveyedPlace[],
  commit: string,
): readonly Notice[] {
  const told = surveyed.flatMap(({ survey }) => {
    const note = survey.state === "read" ? survey.agent?.note : null;
    return note?.commit === commit && note.outcome !== "proven" ? [note.outcome as string] : [];
  });
  return notices.map((notice) => ({ ...notice, on: notice.on.filter((occasion) => !told.includes(occasion)) }));
}
