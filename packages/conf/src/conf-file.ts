// libvirt's .conf files (libvirtd.conf, libvirt.conf): the grammar with line numbers, and typed access to the values.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';

/** A value of a .conf file. */
export type ConfValue =
  | { readonly kind: 'string'; readonly text: string }
  /** `signed` is true when a minus sign stood in front; the plus sign is ignored. */
  | { readonly kind: 'number'; readonly number: bigint; readonly signed: boolean }
  | { readonly kind: 'list'; readonly items: readonly ConfValue[] };

/** One assignment. */
export interface ConfEntry {
  readonly name: string;
  readonly value: ConfValue;
  /** Line of the name, counted from 1. */
  readonly line: number;
}

/** How a file is read. */
export interface ConfFileOptions {
  /** Name of the file in error texts. */
  readonly path: string;
  /** Put the line into the texts of wrong values as well; libvirt has it only in those of wrong syntax. */
  readonly linesInErrors?: boolean;
}

/** Longest file that is read, in bytes (MAX_CONFIG_FILE_SIZE). */
export const MAX_CONF_FILE_BYTES = 10 * 1024 * 1024;

/** Lists inside lists: libvirt sets no limit, and no setting has more than one level. */
const MAX_LIST_DEPTH = 32;

/** A .conf file after reading. Getters give null for a setting that is not there, and throw when it has another type. */
export class ConfFile {
  readonly path: string;
  /** Assignments by name, in the order of the file; of two equal names the first counts. */
  readonly entries: ReadonlyMap<string, ConfEntry>;
  /** Assignments whose name had been used before, and which therefore count for nothing. */
  readonly repeated: readonly ConfEntry[];
  private readonly linesInErrors: boolean;

  constructor(entries: readonly ConfEntry[], options: ConfFileOptions) {
    const first = new Map<string, ConfEntry>();
    const repeated: ConfEntry[] = [];
    for (const entry of entries) {
      if (first.has(entry.name)) repeated.push(entry);
      else first.set(entry.name, entry);
    }
    this.path = options.path;
    this.entries = first;
    this.repeated = repeated;
    this.linesInErrors = options.linesInErrors ?? false;
  }

  /** The text of a string setting. @throws LibvirtError `InternalError`. @see virConfGetValueString */
  getString(name: string): string | null {
    const entry = this.entries.get(name);
    if (entry === undefined) return null;
    if (entry.value.kind !== 'string') throw this.wrong(entry, `expected a string for '${name}' parameter`);
    return entry.value.text;
  }

  /** A setting of 0 or 1. @throws LibvirtError `InternalError`. @see virConfGetValueBool */
  getBool(name: string): boolean | null {
    const entry = this.entries.get(name);
    if (entry === undefined) return null;
    const { value } = entry;
    if (value.kind !== 'number' || value.signed) throw this.wrong(entry, `expected a bool for '${name}' parameter`);
    if (value.number > 1n) throw this.wrong(entry, `value for '${name}' parameter must be 0 or 1`);
    return value.number === 1n;
  }

  /** An unsigned 32-bit setting. @throws LibvirtError `InternalError`. @see virConfGetValueUInt */
  getUint(name: string): number | null {
    const entry = this.entries.get(name);
    if (entry === undefined) return null;
    const { value } = entry;
    if (value.kind !== 'number' || value.signed) {
      throw this.wrong(entry, `expected an unsigned integer for '${name}' parameter`);
    }
    if (value.number > 4_294_967_295n) {
      throw this.wrong(entry, `value for '${name}' parameter must be in range 0:4294967295`);
    }
    return Number(value.number);
  }

  /** A signed 32-bit setting. @throws LibvirtError `InternalError`. @see virConfGetValueInt */
  getInt(name: string): number | null {
    const entry = this.entries.get(name);
    if (entry === undefined) return null;
    const { value } = entry;
    if (value.kind !== 'number') throw this.wrong(entry, `expected a signed integer for '${name}' parameter`);
    if (value.number < -2_147_483_648n || value.number > 2_147_483_647n) {
      throw this.wrong(entry, `value for '${name}' parameter must be in range -2147483648:2147483647`);
    }
    return Number(value.number);
  }

  /**
   * A setting that is a list of strings.
   *
   * @throws LibvirtError `InternalError` for anything but a list, `ConfSyntax` for a list with other things than strings.
   * @see virConfGetValueStringList
   */
  getStringList(name: string): string[] | null {
    const entry = this.entries.get(name);
    if (entry === undefined) return null;
    const { value } = entry;
    const detail = `expected a string list for '${name}' parameter`;
    if (value.kind !== 'list') throw this.wrong(entry, detail);
    return value.items.map((item) => {
      if (item.kind !== 'string') throw this.wrong(entry, detail, ErrorCode.ConfSyntax);
      return item.text;
    });
  }

  /** Where an assignment stands, for messages: the file, with the line if that was asked for. */
  place(entry: ConfEntry): string {
    return this.linesInErrors ? `${this.path}:${entry.line}` : this.path;
  }

  private wrong(entry: ConfEntry, detail: string, code: number = ErrorCode.InternalError): LibvirtError {
    return new LibvirtError(code, `${this.place(entry)}: ${detail}`, { domain: ErrorDomain.Conf });
  }
}

/**
 * Reads the text of a .conf file.
 *
 * Same grammar as libvirt's, with three slips of its parser put right: a file of blanks is empty and not an error, the
 * last digit of a file without a final newline counts, and a number does not wrap around at 64 bits.
 *
 * @param content the text, or its bytes in UTF-8
 * @throws LibvirtError `ConfSyntax` with file, line and reason in libvirt's words.
 * @see virConfReadString
 */
export function parseConfFile(content: string | Uint8Array, options: ConfFileOptions): ConfFile {
  if (content.length > MAX_CONF_FILE_BYTES) {
    throw new LibvirtError(ErrorCode.ConfSyntax, `${options.path}: file is longer than ${MAX_CONF_FILE_BYTES} bytes`, {
      domain: ErrorDomain.Conf,
    });
  }
  const text = typeof content === 'string' ? content : new TextDecoder().decode(content);
  return new ConfFile(new Parser(text, options.path).file(), options);
}

class Parser {
  private readonly text: string;
  private readonly path: string;
  private at = 0;
  private line = 1;

  constructor(text: string, path: string) {
    this.text = text;
    this.path = path;
  }

  file(): ConfEntry[] {
    const entries: ConfEntry[] = [];
    for (;;) {
      this.skipBlanksAndLines();
      if (this.at >= this.text.length) return entries;
      if (this.current() === '#') this.skipComment();
      else entries.push(this.statement());
    }
  }

  private statement(): ConfEntry {
    const line = this.line;
    const name = this.match(namePattern);
    if (name === '') throw this.error('expecting a name');
    this.skipBlanks();
    if (this.current() !== '=') throw this.error('expecting an assignment');
    this.at++;
    const value = this.value(0);
    this.skipBlanks();
    if (this.current() === '#') this.skipComment();
    this.separator();
    return { name, value, line };
  }

  private separator(): void {
    const next = this.current();
    if (next === ';') this.at++;
    else if (next !== '' && next !== '\n' && next !== '\r') throw this.error('expecting a separator');
  }

  private value(depth: number): ConfValue {
    this.skipBlanks();
    const next = this.current();
    if (next === '"' || next === "'") return { kind: 'string', text: this.string(next) };
    if (next === '[') return { kind: 'list', items: this.list(depth) };
    if (numberStart.test(next)) return this.number(next === '-');
    throw this.error('expecting a value');
  }

  private string(quote: string): string {
    if (this.text.startsWith('"""', this.at)) return this.longString();
    const start = this.at + 1;
    this.at = start;
    this.match(quote === '"' ? doubleQuoted : singleQuoted);
    if (this.current() !== quote) throw this.error('unterminated string');
    this.at++;
    return this.checked(this.text.slice(start, this.at - 1));
  }

  private longString(): string {
    const start = this.at + 3;
    const end = this.text.indexOf('"""', start);
    // The last three characters of an unfinished string do not count as lines, as in libvirt.
    const body = this.text.slice(start, end < 0 ? -3 : end);
    for (const character of body) if (character === '\n') this.line++;
    if (end < 0) throw this.error('unterminated string');
    this.at = end + 3;
    return this.checked(body);
  }

  private checked(text: string): string {
    // libvirt would go on with the part before the NUL, which is not what the file says.
    if (text.includes('\0')) throw this.error('NUL character in a string');
    return text;
  }

  private list(depth: number): ConfValue[] {
    if (depth >= MAX_LIST_DEPTH) throw this.error('lists are nested too deeply');
    const items: ConfValue[] = [];
    this.at++;
    this.skipBlanksAndLines();
    while (this.at < this.text.length && this.current() !== ']') {
      if (items.length > 0) {
        if (this.current() !== ',') throw this.error('expecting a separator in list');
        this.at++;
        this.skipBlanksAndLines();
        if (this.current() === ']') break;
      }
      items.push(this.value(depth + 1));
      this.skipBlanksAndLines();
    }
    if (this.current() !== ']') throw this.error('list is not closed with ]');
    this.at++;
    return items;
  }

  private number(signed: boolean): ConfValue {
    if (!digit.test(this.current())) this.at++;
    const digits = this.match(digitsPattern);
    if (digits === '') throw this.error('unterminated number');
    // Longer than any limit of a setting: the exact value no longer matters, only that it is too big.
    const magnitude = digits.length > 40 ? 10n ** 40n : BigInt(digits);
    return { kind: 'number', number: signed ? -magnitude : magnitude, signed };
  }

  private current(): string {
    return this.text.charAt(this.at);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  private skipBlanks(): void {
    this.match(blanks);
  }

  private skipBlanksAndLines(): void {
    for (const character of this.match(blanksAndLines)) if (character === '\n') this.line++;
  }

  private skipComment(): void {
    this.match(restOfLine);
  }

  private error(reason: string): LibvirtError {
    return new LibvirtError(ErrorCode.ConfSyntax, `${this.path}:${this.line}: ${reason}`, { domain: ErrorDomain.Conf });
  }
}

const namePattern = /[a-zA-Z][a-zA-Z0-9_]*/y;
const blanks = /[ \t]*/y;
const blanksAndLines = /[ \t\r\n]*/y;
const restOfLine = /[^\r\n]*/y;
const doubleQuoted = /[^"\r\n]*/y;
const singleQuoted = /[^'\r\n]*/y;
const digitsPattern = /[0-9]*/y;
const digit = /^[0-9]$/;
const numberStart = /^[0-9+-]$/;
