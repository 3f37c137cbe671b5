// How many calls may be unanswered at once: few, so that the server reads on; more while it answers quickly.
import type { PendingCall } from './pending-calls.ts';
import type { Procedure } from './program.ts';

// libvirtd stops reading a connection at 5 unanswered calls (max_client_requests). Answers to its pings then wait behind
// calls, and after half a minute it takes that for death. One less keeps it reading, however long calls take.
const ALWAYS = 4;
// Quick calls keep it from reading for no time, and many at once share the system calls of both sides.
const WHILE_QUICK = 32;
const QUICK_MS = 100;
// A procedure is quick after so many quick answers in a row.
const QUICK_ANSWERS = 8;

/** Decides which calls may leave now. */
export class CallWindow {
  /** Calls that may be unanswered at once, whatever they are. */
  size: number;
  private readonly mostWhileQuick: number;
  private readonly quickAnswers = new Map<Procedure, number>();

  /** @param size fixed; left out, it suits a stock libvirtd, and is larger for calls that have shown to be quick */
  constructor(size: number | undefined) {
    this.size = size ?? ALWAYS;
    this.mostWhileQuick = size ?? WHILE_QUICK;
  }

  /**
   * Tells whether a call may leave.
   *
   * @param inFlight calls that are unanswered
   * @param oldest the one of them that was sent first
   */
  allows({ procedure, stream }: PendingCall, inFlight: number, oldest: PendingCall | undefined): boolean {
    if (inFlight < this.size) return true;
    if (inFlight >= this.mostWhileQuick) return false;
    // What changes something may take its time although it was quick before.
    if (procedure.needsWrite !== undefined || stream !== undefined) return false;
    if ((this.quickAnswers.get(procedure) ?? 0) < QUICK_ANSWERS) return false;
    return oldest === undefined || Date.now() - oldest.sentAt < QUICK_MS;
  }

  /** Remembers how long an answer took. */
  answered({ procedure, sentAt }: PendingCall): void {
    if (this.size >= this.mostWhileQuick) return;
    const quick = Date.now() - sentAt < QUICK_MS;
    const before = this.quickAnswers.get(procedure) ?? 0;
    if (!quick) this.quickAnswers.set(procedure, 0);
    else if (before < QUICK_ANSWERS) this.quickAnswers.set(procedure, before + 1);
  }
}
