// How far opening a connection has come, and what was seen on the way: what an error of it is explained by.
import type { ConnectStage } from '@virtwire/rpc';
import type { Evidence } from './diagnosis/fault.ts';

/** The progress of one opening. */
export class OpeningProgress {
  /** Name of the transport, null while it is not known. */
  transport: string | null = null;
  #stage: ConnectStage = 'uri';
  // Put together when somebody looks: mostly nobody does.
  readonly #notes: Evidence[] = [];
  readonly #told: ((stage: ConnectStage, evidence: Evidence) => void) | undefined;

  /** @param told called with each step that is behind */
  constructor(told: ((stage: ConnectStage, evidence: Evidence) => void) | undefined) {
    this.#told = told;
  }

  /** The step that is under way. */
  get stage(): ConnectStage {
    return this.#stage;
  }

  /** All that was seen so far. */
  get evidence(): Evidence {
    if (this.#notes.length === 0) return {};
    return Object.assign({ transport: this.transport }, ...this.#notes) as Evidence;
  }

  /** Takes what was seen. */
  note(evidence: Evidence): void {
    this.#notes.push(evidence);
  }

  /** Ends the step under way and begins another one. */
  enter(stage: ConnectStage, evidence: Evidence): void {
    this.note(evidence);
    this.#told?.(this.#stage, this.evidence);
    this.#stage = stage;
  }

  /** Gives an error the step, the evidence and a hint; anything else comes back as it is. */
  async explain(thrown: unknown): Promise<unknown> {
    // Loaded only when something went wrong.
    const { explain } = await import('./diagnosis/explain.ts');
    return explain(thrown, { stage: this.#stage, transport: this.transport, evidence: this.evidence });
  }
}
