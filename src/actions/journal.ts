import type { Recorder } from "../ledger/ledger.ts";
import type { RolloutEvent } from "../model/rollout.ts";

/** What a rollout has told and its record is to hold: events gather until they are written, many with one commit. */
export class Journal {
  #recorder: Recorder | null = null;
  #noted: RolloutEvent[] = [];
  /** What is being written while the rollout goes on. */
  #behind: Promise<void> = Promise.resolve();

  /** The record that is written to. What is noted before there is one is not recorded. */
  open(recorder: Recorder): void {
    this.#recorder = recorder;
  }

  note(event: RolloutEvent): void {
    if (this.#recorder) this.#noted.push(event);
  }

  /** Resolves when all that was noted is durable; rejects when some of it could not be written. */
  async flush(): Promise<void> {
    const written = this.#write();
    const behind = this.#behind;
    this.#behind = Promise.resolve();
    await Promise.all([behind, written]);
  }

  /** Begins to write what was noted. Whether that succeeded is found out by the next `flush`. */
  flushBehind(): void {
    this.#behind = Promise.all([this.#behind, this.#write()]).then(() => {});
    this.#behind.catch(() => {});
  }

  async #write(): Promise<void> {
    const recorder = this.#recorder;
    if (!recorder) return;
    const noted = this.#noted;
    this.#noted = [];
    await Promise.all(noted.map((event) => recorder.append(event)));
  }
}
