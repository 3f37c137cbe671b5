// The command line of virtwired: libvirtd's options, read as getopt_long reads them.

/** What the command line asks for. */
export interface DaemonOptions {
  readonly action: 'run' | 'help' | 'version' | 'print-config' | 'check-config';
  readonly verbose: boolean;
  /** Run in the background. */
  readonly daemon: boolean;
  /** Accept connections over TCP. */
  readonly listen: boolean;
  /** Seconds without clients after which the daemon ends; null or 0: never. */
  readonly timeoutS: number | null;
  readonly configFile: string | null;
  readonly pidFile: string | null;
}

/** A wrong command line. */
export interface UsageError {
  /** What is wrong, in getopt's words. */
  readonly message: string;
  /** A line of ours behind it. */
  readonly hint?: string;
  /** True when the usage text follows. */
  readonly showUsage: boolean;
}

interface Option {
  readonly short: string | null;
  readonly long: string;
  readonly argument: boolean;
}

const options: readonly Option[] = [
  { short: 'v', long: 'verbose', argument: false },
  { short: 'd', long: 'daemon', argument: false },
  { short: 'l', long: 'listen', argument: false },
  { short: 'f', long: 'config', argument: true },
  { short: 't', long: 'timeout', argument: true },
  { short: 'p', long: 'pid-file', argument: true },
  { short: 'V', long: 'version', argument: false },
  { short: 'h', long: 'help', argument: false },
  { short: null, long: 'print-config', argument: false },
  { short: null, long: 'check-config', argument: false },
];

const actions: Readonly<Record<string, Exclude<DaemonOptions['action'], 'run'>>> = {
  help: 'help',
  version: 'version',
  'print-config': 'print-config',
  'check-config': 'check-config',
};

const lastWords: ReadonlySet<string> = new Set(['help', 'version', 'print-config']);

/** Reads the arguments after the name of the program. */
export function parseCommandLine(args: readonly string[]): DaemonOptions | UsageError {
  const given: { option: Option; value: string }[] = [];
  const rest: string[] = [];
  const queue = [...args];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === '--') {
      rest.push(...queue.splice(0));
    } else if (word.startsWith('--')) {
      const [name, attached] = splitLong(word.slice(2));
      const found = findLong(name);
      if (typeof found === 'string') return { message: found, showUsage: true };
      if (!found.argument && attached !== null) {
        return { message: `option '--${found.long}' doesn't allow an argument`, showUsage: true };
      }
      const value = attached ?? (found.argument ? queue.shift() : '');
      if (value === undefined) return { message: `option '--${found.long}' requires an argument`, showUsage: true };
      given.push({ option: found, value });
      // As in libvirtd, nothing after --help or --version counts.
      if (lastWords.has(found.long)) return toOptions(given, []);
    } else if (word.startsWith('-') && word !== '-') {
      for (let at = 1; at < word.length; at++) {
        const letter = word.charAt(at);
        const found = options.find(({ short }) => short === letter);
        if (found === undefined) return { message: `invalid option -- '${letter}'`, showUsage: true };
        if (!found.argument) {
          given.push({ option: found, value: '' });
          if (lastWords.has(found.long)) return toOptions(given, []);
          continue;
        }
        const value = at + 1 < word.length ? word.slice(at + 1) : queue.shift();
        if (value === undefined) return { message: `option requires an argument -- '${letter}'`, showUsage: true };
        given.push({ option: found, value });
        break;
      }
    } else {
      rest.push(word);
    }
  }
  return toOptions(given, rest);
}

function splitLong(word: string): [name: string, attached: string | null] {
  const at = word.indexOf('=');
  return at < 0 ? [word, null] : [word.slice(0, at), word.slice(at + 1)];
}

// Any beginning of a name that fits one option only will do.
function findLong(name: string): Option | string {
  const exact = options.find(({ long }) => long === name);
  if (exact !== undefined) return exact;
  const fitting = options.filter(({ long }) => long.startsWith(name));
  const [only] = fitting;
  if (only === undefined) return `unrecognized option '--${name}'`;
  if (fitting.length === 1) return only;
  const names = fitting.map(({ long }) => `'--${long}'`).join(' ');
  return `option '--${name}' is ambiguous; possibilities: ${names}`;
}

function toOptions(given: readonly { option: Option; value: string }[], rest: string[]): DaemonOptions | UsageError {
  const has = (long: string) => given.some(({ option }) => option.long === long);
  const last = (long: string) => given.findLast(({ option }) => option.long === long)?.value ?? null;
  const action = actions[given.findLast(({ option }) => option.long in actions)?.option.long ?? ''] ?? 'run';
  const timeout = last('timeout');
  if (action === 'run' || action === 'check-config') {
    if (timeout !== null && !/^[ \t]*\+?[0-9]{1,9}$/.test(timeout)) {
      return { message: 'Invalid value for timeout', showUsage: false };
    }
    if (rest.length > 0) {
      const hint = `'${printable(rest[0] ?? '')}' is no command; see 'virtwired --help'`;
      return { message: 'unexpected, non-option, command line arguments', hint, showUsage: false };
    }
  }
  return {
    action,
    verbose: has('verbose'),
    daemon: has('daemon'),
    listen: has('listen'),
    timeoutS: timeout === null ? null : Number(timeout),
    configFile: last('config'),
    pidFile: last('pid-file'),
  };
}

function printable(word: string): string {
  return word.slice(0, 100).replace(/[^\x20-\x7e]/g, '?');
}
