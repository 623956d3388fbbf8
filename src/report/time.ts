/** The time between two moments in one unit: `12 s`, `5 min`, `3 h`, `2 d`. */
export function age(from: string, now: Date): string {
  return span(Math.max(0, now.getTime() - Date.parse(from)) / 1000);
}

/** A number of seconds in one unit. */
export function span(seconds: number): string {
  if (seconds < 1) return "< 1 s";
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

/** `2026-11-19 16:20`, by this machine's clock and zone. */
export function moment(at: string): string {
  const date = new Date(at);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two).join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `16:20:05`. */
export function clock(at: string): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
