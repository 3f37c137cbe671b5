// One line of the log before it has a form, and what an output is to the log.

/** Levels in ascending weight (`virLogPriority`). */
export const LogLevel = { Debug: 1, Info: 2, Warning: 3, Error: 4 } as const;
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];

/** Where in the code a line comes from. */
export interface CodePlace {
  readonly file: string;
  readonly line: number;
  readonly function: string;
}

/** What is told. */
export interface LogRecord {
  readonly level: LogLevel;
  /** Part of the daemon that tells it. */
  readonly part: string;
  readonly text: string;
  readonly time: Date;
  /** Looked up when asked for: it costs more than the line itself. */
  place(): CodePlace | null;
}

/** Takes lines to one place. */
export interface LogWriter {
  /** @throws an error of the system when the line is lost */
  write(record: LogRecord): void;
  /** Lets go of what it holds. */
  close(): void;
}

/** Names of the levels in lines. */
export const levelNames: Readonly<Record<LogLevel, string>> = { 1: 'debug', 2: 'info', 3: 'warning', 4: 'error' };

/** The same weight for syslog and the journal: LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR. @see virLogPrioritySyslog */
export const syslogPriorities: Readonly<Record<LogLevel, number>> = { 1: 7, 2: 6, 3: 4, 4: 3 };

/** LOG_DAEMON, the part of the system that a daemon belongs to. */
export const SYSLOG_FACILITY = 3;

/** Makes text of a client harmless for a terminal and for who reads the log by lines. */
export function escapeControls(text: string): string {
  return text.replace(controls, (character) => {
    const code = character.charCodeAt(0);
    return code === 10 ? '\\n' : `\\x${code.toString(16).padStart(2, '0')}`;
  });
}

const controls = /[\p{Cc}\u2028\u2029]/gu;
