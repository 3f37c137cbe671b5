// The two ways in which a command line fails: it cannot be understood, or a command could not do its work.

/** A command line that cannot be understood; nothing of it is run. Its lines are printed each after `error: `. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly lines: readonly string[];

  constructor(...lines: string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}

/**
 * A command that failed.
 *
 * Prints its own text, if it has one, and then the message of its cause, each after `error: `.
 */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  /** The shell's own text, null when the cause (or what was printed before) says it all. */
  readonly text: string | null;

  constructor(text: string | null, cause?: unknown) {
    super(text ?? 'command failed', cause === undefined ? undefined : { cause });
    this.text = text;
  }
}

/** Fails the command with the shell's own text alone. */
export function fail(text: string): never {
  throw new CommandFailure(text);
}

/**
 * Waits for a call; when it fails, the command fails with this text followed by the library's.
 *
 * @param text what the shell says first, null to let the library's message stand alone
 */
export async function attempt<T>(call: Promise<T>, text: string | null): Promise<T> {
  try {
    return await call;
  } catch (thrown) {
    throw new CommandFailure(text, thrown);
  }
}

/** Tells whether a call is not known on the other side. */
export function isUnsupported(thrown: unknown): boolean {
  // VIR_ERR_NO_SUPPORT
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 3;
}
