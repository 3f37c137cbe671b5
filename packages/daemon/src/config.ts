// Reads the configuration: types, limits, warnings about unknown names, and a refusal of protection that is not there.
import { type ConfEntry, type ConfFile, parseConfFile } from '@virtwire/conf/file';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { fromOpensslSpelling } from '@virtwire/rpc/node';
import {
  type ConfigFault,
  configHeadings,
  type ConfigName,
  type ConfigRow,
  type ConfigSituation,
  configRows,
  type DaemonConfig,
  reloadableSettings,
} from './config-rows.ts';

/** What was read. */
export interface LoadedConfig {
  readonly config: DaemonConfig;
  /** Places of the settings that stand in the file, as `FILE:LINE`. */
  readonly places: ReadonlyMap<string, string>;
  /** Things worth a line in the log: unknown and repeated names. */
  readonly warnings: readonly string[];
}

/** How to read. */
export interface LoadOptions {
  /** Name of the file in texts. */
  readonly path: string;
  /** True when the daemon was started with --listen. */
  readonly listen: boolean;
}

/**
 * Reads the text of a configuration file; an empty text gives the defaults.
 *
 * @throws LibvirtError with file, line and reason: for wrong syntax and values in libvirt's words, and for a setting that
 *   asks for protection which the daemon does not have.
 */
export function loadConfig(text: string | Uint8Array, options: LoadOptions): LoadedConfig {
  const file = parseConfFile(text, { path: options.path, linesInErrors: true });
  const config = Object.fromEntries(
    Object.entries(configRows as Readonly<Record<string, ConfigRow>>).map(([name, row]) => [
      name,
      readSetting(file, name, row, options),
    ]),
  ) as unknown as DaemonConfig;
  if (config.max_clients < config.max_anonymous_clients) {
    throw configError(
      ErrorCode.InternalError,
      'The overall maximum number of clients must not be less than the number of clients waiting for authentication',
    );
  }
  const places = new Map(Array.from(file.entries.values(), (entry) => [entry.name, file.place(entry)]));
  return { config, places, warnings: [...unknownNames(file), ...repeatedNames(file), ...oddSpellings(file, config)] };
}

function readSetting(file: ConfFile, name: string, row: ConfigRow, options: LoadOptions): unknown {
  if (typeof row.state === 'object' && 'unread' in row.state) return row.default;
  const entry = file.entries.get(name);
  // A row's own functions take what its own type gives, which the compiler cannot follow through a list of all rows.
  const own = row as ConfigRow & {
    check?(value: unknown): ConfigFault | null;
  };
  const value: unknown = getters[row.type](file, name) ?? row.default;
  if (entry !== undefined) {
    const fault = own.check?.(value) ?? null;
    if (fault !== null) {
      const code = fault.kind === 'internal' ? ErrorCode.InternalError : ErrorCode.ConfigUnsupported;
      throw configError(code, fault.named ? `${file.place(entry)}: ${fault.detail}` : fault.detail);
    }
  }
  const { state } = row;
  if (typeof state === 'object' && 'missing' in state) {
    const { asks } = state as { asks(this: void, value: unknown, situation: ConfigSituation): boolean };
    const listenTcp = options.listen && (file.getBool('listen_tcp') ?? false);
    if (asks(value, { listen: options.listen, listenTcp, isSet: entry !== undefined })) {
      throw configError(ErrorCode.ConfigUnsupported, refusal(file, name, value, entry, state.missing));
    }
  }
  return value;
}

const getters: Readonly<Record<ConfigRow['type'], (file: ConfFile, name: string) => unknown>> = {
  bool: (file, name) => file.getBool(name),
  uint: (file, name) => file.getUint(name),
  int: (file, name) => file.getInt(name),
  string: (file, name) => file.getString(name),
  stringList: (file, name) => file.getStringList(name),
};

function refusal(file: ConfFile, name: string, value: unknown, entry: ConfEntry | undefined, why: string): string {
  const shown = typeof value === 'boolean' ? Number(value) : JSON.stringify(value);
  return entry === undefined
    ? `${file.path}: ${name} = ${shown} is the default with --listen, but ${why}`
    : `${file.place(entry)}: ${name} = ${shown}: ${why}`;
}

function* unknownNames(file: ConfFile): Iterable<string> {
  for (const entry of file.entries.values()) {
    if (Object.hasOwn(configRows, entry.name)) continue;
    const nearest = nearestName(entry.name);
    const hint = nearest === null ? '' : `; did you mean '${nearest}'?`;
    yield `${file.place(entry)}: unknown setting '${entry.name}' is ignored${hint}`;
  }
}

function* repeatedNames(file: ConfFile): Iterable<string> {
  for (const entry of file.repeated) {
    const first = file.entries.get(entry.name);
    yield `${file.place(entry)}: '${entry.name}' is set again and ignored; line ${first?.line} counts`;
  }
}

// Whoever looks at a certificate with openssl pastes what it prints.
function* oddSpellings(file: ConfFile, { tls_allowed_dn_list: names }: DaemonConfig): Iterable<string> {
  const entry = file.entries.get('tls_allowed_dn_list');
  for (const pattern of entry === undefined ? [] : (names ?? [])) {
    const read = fromOpensslSpelling(pattern);
    if (read === null) continue;
    yield `${file.place(entry as ConfEntry)}: '${pattern}' is spelled as openssl does; it is read as '${read}', which libvirtd wants to see`;
  }
}

/** The known setting whose name is most like the given one, null when none is near. */
export function nearestName(name: string): ConfigName | null {
  let best: ConfigName | null = null;
  // More than a third of the letters wrong is another word, not a slip.
  let least = Math.floor(Math.min(name.length, 40) / 3) + 1;
  if (name.length > 60) return null;
  for (const known of Object.keys(configRows) as ConfigName[]) {
    const steps = editDistance(name.toLowerCase(), known);
    if (steps < least) {
      least = steps;
      best = known;
    }
  }
  return best;
}

function editDistance(one: string, two: string): number {
  let previous = Array.from({ length: two.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const current = [i];
    for (let j = 1; j <= two.length; j++) {
      const replaced = (previous[j - 1] as number) + (one[i - 1] === two[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[two.length] as number;
}

function configError(code: number, detail: string): LibvirtError {
  return new LibvirtError(code, detail, { domain: ErrorDomain.Conf });
}

/**
 * A configuration file with every setting in a comment, as a text to start from: without the sign in front, each line is one
 * that the daemon takes, with the default where that can be written.
 */
export function defaultConfigText(): string {
  const blocks = Object.entries(configRows as Readonly<Record<string, ConfigRow>>).map(([key, row]) => {
    const name = key as ConfigName;
    const { state } = row;
    const notes = [row.doc];
    if (row.defaultText !== undefined) notes.push(`Default: ${row.defaultText}.`);
    if (typeof state === 'object') {
      notes.push('idle' in state ? `Without effect: ${state.idle}.` : `"polkit" is refused: ${state.missing}.`);
    }
    if (reloadableSettings.has(name)) notes.push('SIGHUP takes over a new value.');
    const heading = configHeadings[name];
    const head = heading === undefined ? '' : `### ${heading}\n\n`;
    const text = notes.flatMap((note) => wrapped(note)).map((line) => `# ${line}\n`);
    return `${head}${text.join('')}#${name} = ${settingText(row, row.example ?? row.default)}\n`;
  });
  return `${CONFIG_HEAD}\n${blocks.join('\n')}`;
}

const CONFIG_HEAD = `# Settings of virtwired. It reads /etc/libvirt/libvirtd.conf, as libvirtd does: this file has all settings of
# libvirtd.conf, and some more. A line counts without the # in front; of two with one name the first counts.
# 'virtwired --check-config' checks the file, and shows what counts; 'systemctl reload virtwired' or SIGHUP has it read again.
`;

const COLUMNS = 100;

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > COLUMNS) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A value as it stands in a file; null, which no file can say, as an empty text or list. */
export function settingText(row: ConfigRow, value: unknown = row.default): string {
  if (row.type === 'stringList') {
    const items = ((value as readonly string[] | null) ?? []).map(quoted);
    return items.length === 0 ? '[]' : `[ ${items.join(', ')} ]`;
  }
  return typeof value === 'string' || value === null ? quoted(value ?? '') : String(Number(value));
}

// The grammar has no escapes: a text with one kind of quotes stands in the other.
function quoted(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}
