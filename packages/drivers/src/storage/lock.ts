// One after the other: a lock for code that waits.

/** Lets one piece of waiting code run at a time, in the order in which they came. */
export class Lock {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everything before it has ended, well or badly. */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
