// What a check finds: a fault and its mend.

/** One thing that is wrong. */
export interface Finding {
  /** A fault keeps something from working or lets somebody in; a warning does not yet. */
  readonly level: 'fault' | 'warning';
  /** Name of the kind of finding, for programs. */
  readonly id: string;
  /** The file, directory or setting. */
  readonly subject: string;
  /** Sentence without a full stop. */
  readonly text: string;
  /** Lines for a shell that put it right; what only people can do stands behind `#`. */
  readonly mend: readonly string[];
}

/** A fault: something does not work, or somebody gets in. */
export function fault(id: string, subject: string, text: string, mend: readonly string[]): Finding {
  return { level: 'fault', id, subject, text, mend };
}

/** A warning: it works, but not for long, not everywhere, or not as safely as it should. */
export function warning(id: string, subject: string, text: string, mend: readonly string[]): Finding {
  return { level: 'warning', id, subject, text, mend };
}
