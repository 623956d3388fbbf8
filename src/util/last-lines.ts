/** Keeps the last lines of an output, and counts all of them. */
export class LastLines {
  readonly lines: string[] = [];
  count = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  push(line: string): void {
    this.count += 1;
    this.lines.push(line);
    if (this.lines.length > this.#most) this.lines.shift();
  }
}
