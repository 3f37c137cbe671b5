// The options before the command, in virsh's way: they end at the first word that is none.
import { UsageError } from './failure.ts';

/** What the options before the command said. */
export interface GlobalOptions {
  /** What to do instead of running commands; null to run them. */
  readonly show: 'help' | 'version' | 'long-version' | null;
  /** URI of `-c`, null when it was not given. */
  readonly uri: string | null;
  readonly readOnly: boolean;
  readonly quiet: boolean;
  readonly timing: boolean;
  /** 0 tells all, 4 only errors; null when it was not given. */
  readonly debug: number | null;
  /** Seconds between keepalive messages, 0 for none, null for the default. */
  readonly keepaliveInterval: number | null;
  /** Keepalive messages that may stay without answer, null for the default. */
  readonly keepaliveCount: number | null;
  /** File to log to, null for none. */
  readonly logFile: string | null;
  /** The character that leaves a console, as it was given, e.g. `^]`. */
  readonly escape: string;
  /** Complaints that do not stop the program. */
  readonly warnings: readonly string[];
  /** The command: one word is a command string, more are ready words, none means interactive. */
  readonly words: readonly string[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type State = Mutable<Omit<GlobalOptions, 'warnings' | 'words'>> & { warnings: string[] };

interface Row {
  readonly short: string;
  readonly long: string;
  readonly value: 'none' | 'required' | 'optional';
  apply(state: State, value: string, spelling: string): void;
}

const ROWS: readonly Row[] = [
  { short: 'c', long: 'connect', value: 'required', apply: (state, value) => void (state.uri = value) },
  { short: 'd', long: 'debug', value: 'required', apply: applyDebug },
  { short: 'e', long: 'escape', value: 'required', apply: applyEscape },
  { short: 'h', long: 'help', value: 'none', apply: (state) => void (state.show = 'help') },
  {
    short: 'k',
    long: 'keepalive-interval',
    value: 'required',
    apply: (state, value, spelling) => void (state.keepaliveInterval = keepaliveNumber(value, spelling)),
  },
  {
    short: 'K',
    long: 'keepalive-count',
    value: 'required',
    apply: (state, value, spelling) => void (state.keepaliveCount = keepaliveNumber(value, spelling)),
  },
  { short: 'l', long: 'log', value: 'required', apply: (state, value) => void (state.logFile = value) },
  { short: 'q', long: 'quiet', value: 'none', apply: (state) => void (state.quiet = true) },
  { short: 'r', long: 'readonly', value: 'none', apply: (state) => void (state.readOnly = true) },
  { short: 't', long: 'timing', value: 'none', apply: (state) => void (state.timing = true) },
  {
    short: 'v',
    long: 'version',
    value: 'optional',
    apply: (state, value) => void (state.show = value === 'long' ? 'long-version' : 'version'),
  },
  { short: 'V', long: '', value: 'none', apply: (state) => void (state.show = 'long-version') },
];

/** Reads the words that the program was started with. @throws UsageError with virsh's text; the exit code is 1 */
export function parseGlobalOptions(argv: readonly string[]): GlobalOptions {
  const state: State = {
    show: null,
    uri: null,
    readOnly: false,
    quiet: false,
    timing: false,
    debug: null,
    keepaliveInterval: null,
    keepaliveCount: null,
    logFile: null,
    escape: '^]',
    warnings: [],
  };
  let at = 0;
  while (at < argv.length && state.show === null) {
    const word = argv[at] as string;
    if (word === '--') {
      at += 1;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    const taken = word.startsWith('--') ? readLong(word, argv[at + 1], state) : readShort(word, argv[at + 1], state);
    at += taken;
  }
  return { ...state, words: argv.slice(at) };
}

// Both return how many words they used.
function readLong(word: string, next: string | undefined, state: State): number {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
  const row = findLong(name);
  if (row === null) throw new UsageError(`unsupported option '${word}'. See --help.`);
  if (row.value === 'none' && value !== undefined) {
    throw new UsageError(`unsupported option '-${row.short}'. See --help.`);
  }
  if (row.value !== 'required' || value !== undefined) {
    row.apply(state, value ?? '', `--${row.long}`);
    return 1;
  }
  if (next === undefined) throw needsArgument(row);
  row.apply(state, next, `--${row.long}`);
  return 2;
}

// getopt_long takes any beginning of a name that fits only one option.
function findLong(name: string): Row | null {
  const rows = ROWS.filter(({ long }) => long !== '' && long.startsWith(name));
  return rows.find(({ long }) => long === name) ?? (rows.length === 1 ? (rows[0] as Row) : null);
}

function readShort(word: string, next: string | undefined, state: State): number {
  for (let at = 1; at < word.length && state.show === null; at++) {
    const row = ROWS.find(({ short }) => short === word[at]);
    if (row === undefined) throw new UsageError(`unsupported option '-${word[at]}'. See --help.`);
    if (row.value !== 'required') {
      row.apply(state, '', `-${row.short}`);
      continue;
    }
    const attached = word.slice(at + 1);
    if (attached === '' && next === undefined) throw needsArgument(row);
    row.apply(state, attached === '' ? (next as string) : attached, `-${row.short}`);
    return attached === '' ? 2 : 1;
  }
  return 1;
}

function needsArgument(row: Row): UsageError {
  return new UsageError(`option '-${row.short}'/'--${row.long}' requires an argument`);
}

function applyDebug(state: State, value: string, spelling: string): void {
  const level = wholeNumber(value);
  if (level === null) throw new UsageError(`option ${spelling} takes a numeric argument`);
  if (level >= 0 && level <= 4) state.debug = level;
  else state.warnings.push(`ignoring debug level ${level} out of range [0-4]`);
}

function applyEscape(state: State, value: string): void {
  if (!/^(?:\^[a-z@A-Z[\\\]^_]|[^^])$/.test(value)) {
    throw new UsageError(`Invalid string '${value}' for escape sequence`);
  }
  state.escape = value;
}

function keepaliveNumber(value: string, spelling: string): number {
  const number = wholeNumber(value);
  if (number === null) throw new UsageError(`Invalid value for option ${spelling}`);
  if (number < 0) throw new UsageError(`option ${spelling} requires a positive integer argument`);
  return number;
}

/** Reads a 32-bit number. @returns null when it is none */
function wholeNumber(text: string): number | null {
  const value = /^\s*[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Math.abs(value) < 2 ** 31 ? value : null;
}
