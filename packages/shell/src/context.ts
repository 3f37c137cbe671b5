// The state of one shell: its connection and how to get it back, its output, its settings.
import type { Connection } from 'virtwire';
import { CommandFailure, UsageError } from './failure.ts';
import type { Log } from './log.ts';
import type { Output } from './output.ts';
import { needsWidths, renderTable } from './table.ts';

/** Opens connections; tests and programs that hold their own may put in another one. */
export type Opener = (uri: string | null, options: OpenOptions) => Promise<Connection>;

// VSH_ERR_DEBUG and its like
const DEBUG_LEVELS = { DEBUG: 0, INFO: 1, NOTICE: 2, WARNING: 3, ERROR: 4 } as const;

/** How to open a connection. */
export interface OpenOptions {
  readonly readOnly: boolean;
  /** Seconds between keepalive messages, 0 for none. */
  readonly keepaliveInterval: number;
  /** Messages that may stay without answer. */
  readonly keepaliveCount: number;
  /** True when the user asked for keepalive: a connection that cannot do it is refused. */
  readonly keepaliveForced: boolean;
}

/** What a shell is made of. */
export interface ShellOptions {
  readonly name: string;
  readonly output: Output;
  readonly open: Opener;
  readonly uri: string | null;
  readonly readOnly: boolean;
  readonly quiet: boolean;
  readonly timing: boolean;
  readonly keepaliveInterval: number | null;
  readonly keepaliveCount: number | null;
  readonly escape: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log | null;
  /** The least that is told: 0 all, 4 only errors. */
  readonly debug: number | null;
}

/** One shell. */
export class Shell {
  /** What the program calls itself. */
  readonly name: string;
  readonly quiet: boolean;
  readonly timing: boolean;
  /** The character that leaves a console, e.g. `^]`. */
  readonly escape: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Name of the command that runs, for what is told of it. */
  commandName = '';
  /** True while lines are read from standard input. */
  interactive = false;
  /** True once `quit` was said. */
  leaving = false;
  readonly #interruptListeners: (() => void)[] = [];
  readonly #output: Output;
  readonly #log: Log | null;
  readonly #debugLevel: number;
  readonly #open: Opener;
  readonly #keepalive: Omit<OpenOptions, 'readOnly'>;
  #uri: string | null;
  #readOnly: boolean;
  #connection: Connection | null = null;
  // True when the connection broke by itself; the next command gets a new one.
  #lost = false;

  constructor(options: ShellOptions) {
    this.name = options.name;
    this.quiet = options.quiet;
    this.timing = options.timing;
    this.escape = options.escape;
    this.env = options.env;
    this.#output = options.output;
    this.#log = options.log;
    this.#debugLevel = options.debug ?? DEBUG_LEVELS.ERROR;
    this.#open = options.open;
    this.#uri = options.uri;
    this.#readOnly = options.readOnly;
    this.#keepalive = {
      keepaliveInterval: options.keepaliveInterval ?? 5,
      keepaliveCount: options.keepaliveCount ?? 6,
      keepaliveForced: options.keepaliveInterval !== null || options.keepaliveCount !== null,
    };
  }

  /** The connection; a command that is not `offline` always has one. */
  get connection(): Connection {
    if (this.#connection === null) throw new CommandFailure('no valid connection');
    return this.#connection;
  }

  /** The URI of the connection, or of the one to open; null for the default one. */
  get uri(): string | null {
    return this.#uri;
  }

  /** True when a URI was given, which must open before anything runs. */
  get opensAtStart(): boolean {
    return this.#uri !== null;
  }

  /** True when the connection is (or would be) read-only. */
  get readOnly(): boolean {
    return this.#readOnly;
  }

  /** Prints to standard output. */
  print(text: string): void {
    this.#output.stdout(text);
  }

  /** Prints bytes to standard output as they are, or text. */
  stdout(data: string | Uint8Array): void {
    this.#output.stdout(data);
  }

  /** Prints to standard error as it is, for what shows progress. */
  stderr(text: string): void {
    this.#output.stderr(text);
  }

  /** Prints what `--quiet` suppresses: headers, confirmations. */
  extra(text: string): void {
    if (!this.quiet) this.#output.stdout(text);
  }

  /** Prints an error line. */
  error(text: string): void {
    this.#log?.write('ERROR', text);
    this.#output.stderr(`error: ${text}\n`);
  }

  /** Tells what the shell does, for those who asked for it (--debug). */
  debug(level: keyof typeof DEBUG_LEVELS, text: string): void {
    if (this.#debugLevel > DEBUG_LEVELS[level]) return;
    this.#log?.write(level, text);
    this.#output.stdout(`${text}\n`);
  }

  /** Prints a table under its header. */
  async table(header: readonly string[], rows: readonly (readonly string[])[]): Promise<void> {
    const utf8 = speaksUtf8(this.env);
    const widthOf = utf8 && needsWidths(rows) ? (await import('string-width')).default : () => 1;
    this.print(renderTable(rows, { header: this.quiet ? null : header, utf8, widthOf }));
  }

  /** Prints what was thrown: the shell's own text, then the library's. */
  report(thrown: unknown): void {
    if (thrown instanceof UsageError) {
      for (const line of thrown.lines) this.error(line);
      return;
    }
    if (thrown instanceof CommandFailure) {
      if (thrown.text !== null) this.error(thrown.text);
      if (thrown.cause !== undefined) this.report(thrown.cause);
      return;
    }
    this.error(thrown instanceof Error ? thrown.message : String(thrown));
  }

  /** Calls back when the user interrupts the command (Ctrl-C) instead of ending the program. @returns what stops that */
  onInterrupt(listener: () => void): () => void {
    if (this.#interruptListeners.length === 0) process.on('SIGINT', this.#interrupt);
    this.#interruptListeners.push(listener);
    return () => {
      this.#interruptListeners.splice(this.#interruptListeners.indexOf(listener), 1);
      if (this.#interruptListeners.length === 0) process.off('SIGINT', this.#interrupt);
    };
  }

  // Only the command that came last is interrupted.
  readonly #interrupt = () => this.#interruptListeners.at(-1)?.();

  /** Gives back a usable connection, opening the first or a new one when there is none. */
  async ensureConnection(): Promise<Connection> {
    if (this.#connection === null || this.#lost) await this.reconnect(null, false, false);
    return this.connection;
  }

  /**
   * Closes the connection and opens another one.
   *
   * @param uri null for the one in use
   * @param readOnly with a null uri: true makes it read-only, false leaves it as it was
   * @param asked true when the user asked for it, who then needs not be told
   */
  async reconnect(uri: string | null, readOnly: boolean, asked: boolean): Promise<void> {
    const wantReadOnly = readOnly || (uri === null && this.#readOnly);
    const hadOne = this.#connection !== null;
    await this.close();
    const wanted = uri ?? this.#uri;
    let connection: Connection;
    try {
      connection = await this.#open(wanted, { ...this.#keepalive, readOnly: wantReadOnly });
    } catch (thrown) {
      const text = this.#lost ? 'Failed to reconnect to the hypervisor' : 'failed to connect to the hypervisor';
      if (thrown instanceof CommandFailure && thrown.text !== null) {
        this.error(thrown.text);
        throw new CommandFailure(text, thrown.cause);
      }
      throw new CommandFailure(text, thrown);
    }
    if (this.#keepalive.keepaliveInterval > 0 && !connection.watched) {
      this.debug('INFO', 'Failed to setup keepalive on connection');
    }
    this.#connection = connection;
    this.#uri = wanted;
    this.#readOnly = wantReadOnly;
    this.#lost = false;
    void this.#watch(connection);
    if (hadOne && !asked) this.error('Reconnected to the hypervisor');
  }

  /** Closes the connection, if there is one. */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    try {
      await connection?.close();
    } catch {
      this.error('Failed to disconnect from the hypervisor');
    }
  }

  async #watch(connection: Connection): Promise<void> {
    const { error, text } = await connection.closed;
    if (this.#connection !== connection || error === null) return;
    this.#lost = true;
    this.error(`Disconnected from ${connection.uri} due to ${text}`);
  }
}

/** Tells whether the locale of an environment writes UTF-8. */
export function speaksUtf8(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale);
}
