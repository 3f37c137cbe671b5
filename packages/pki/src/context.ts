// What every command works with: the user, the authority's folder, the clock, output, and the one way to change files.
import { dirname } from 'node:path';
import { failure } from './failure.ts';
import { localMachine } from './local-machine.ts';
import type { ChangeSet, Machine } from './machine.ts';
import { authorityFolder } from './places.ts';
import { carryOut, makePlan, type Plan, planLines } from './plan.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where texts go, and where a passphrase comes from when no file is named. */
export interface Terminal {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Asks without showing what is typed; null where there is nobody to ask. */
  readonly askSecret: ((prompt: string) => Promise<string>) | null;
}

/** What a context is made of; tests put in their own. */
export interface ContextOptions {
  readonly terminal: Terminal;
  readonly env: Environment;
  readonly uid: number;
  readonly home: string;
  /** The authority's folder, null for the usual one. */
  readonly folder: string | null;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly now?: Date;
  readonly machine?: Machine;
  /** False leaves out what the user may do next. */
  readonly hints?: boolean;
  /** Told of every plan before it is carried out. */
  readonly beforeChange?: (plan: Plan) => void;
}

/** The surroundings of one command. */
export class Context {
  readonly env: Environment;
  readonly uid: number;
  readonly home: string;
  /** The authority's folder. */
  readonly folder: string;
  /** ` --dir FOLDER` when it is not the usual one: what commands that are printed for pasting need. */
  readonly folderOption: string;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly now: Date;
  /** This machine. */
  readonly machine: Machine;
  readonly #hints: boolean;
  readonly #terminal: Terminal;
  readonly #beforeChange: ((plan: Plan) => void) | null;

  constructor(options: ContextOptions) {
    const usual = options.env['VIRTWIRE_PKI_DIR'] || authorityFolder(options.uid, options.home, options.env);
    this.env = options.env;
    this.uid = options.uid;
    this.home = options.home;
    this.folder = options.folder ?? usual;
    this.folderOption = this.folder === usual ? '' : ` --dir ${shellWord(this.folder)}`;
    this.dryRun = options.dryRun;
    this.force = options.force;
    // Certificates count whole seconds.
    this.now = new Date(Math.floor((options.now ?? new Date()).getTime() / 1000) * 1000);
    this.machine = options.machine ?? localMachine(options);
    this.#hints = options.hints ?? true;
    this.#terminal = options.terminal;
    this.#beforeChange = options.beforeChange ?? null;
  }

  /** Prints one line. */
  print(text: string): void {
    this.#terminal.stdout(`${text}\n`);
  }

  /** Prints a remark to standard error. */
  remark(text: string): void {
    this.#terminal.stderr(`${text}\n`);
  }

  /** Prints what the user may do next. */
  next(...lines: readonly string[]): void {
    if (this.dryRun || !this.#hints) return;
    this.print('');
    for (const [index, line] of lines.entries()) this.print(`${index === 0 ? 'next:' : '     '} ${line}`);
  }

  /**
   * Makes changes, or with `--dry-run` only says which.
   *
   * @param replaces true for commands whose work is to replace; they keep backups without being forced
   */
  async apply(changes: ChangeSet, { machine = this.machine, replaces = false } = {}): Promise<Plan> {
    if (!this.dryRun)
      await this.finish(
        machine,
        [...changes.directories, ...changes.files].map(({ path }) => dirname(path)),
      );
    const plan = await makePlan(machine, changes, { force: this.force || replaces, now: new Date() });
    for (const line of planLines(plan)) this.print(this.dryRun ? `would ${line}` : line);
    if (this.dryRun) return plan;
    this.#beforeChange?.(plan);
    await carryOut(plan);
    return plan;
  }

  /** Finishes what a run that was killed had begun, and says so. */
  async finish(machine: Machine, directories: readonly string[]): Promise<void> {
    const files = await machine.finish(directories);
    if (files.length > 0) this.remark(`Finished what a run that was cut off had begun: ${files.join(', ')}`);
  }

  /** Asks for a passphrase. @throws LibvirtError where there is nobody to ask */
  async askSecret(prompt: string): Promise<string> {
    const ask = this.#terminal.askSecret;
    if (ask === null) throw failure('a passphrase is needed, and there is no terminal: use --passphrase-file FILE');
    return ask(prompt);
  }
}

/** A word as a shell reads it, quoted when it has to be. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A day as people write it in files, UTC. */
export function dayText(date: Date): string {
  return date.toISOString().slice(0, 10);
}
