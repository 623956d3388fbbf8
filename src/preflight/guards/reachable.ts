import type { Guard } from "../guard.ts";

/** Every target was read. One that is off, refuses us or cannot be understood is not a target without problems. */
export const reachableGuard: Guard = ({ surveyed }) =>
  surveyed.flatMap(({ place, survey }) => {
    if (survey.state !== "read") return [{ ...survey.finding, component: place.component, target: place.target }];
    if (survey.busy === null) return [];
    return [
      { code: "target-busy", level: "block", component: place.component, target: place.target, message: survey.busy },
    ];
  });
