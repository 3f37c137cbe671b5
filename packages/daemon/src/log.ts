// The log: libvirt's levels, filters, outputs and line form.
import { closeSync, fchmodSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { LIBVIRT_VERSION } from '@virtwire/protocol/constants';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';

/** Levels in ascending weight (`virLogPriority`). */
export const LogLevel = { Debug: 1, Info: 2, Warning: 3, Error: 4 } as const;
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];

/** A level for the parts of the daemon whose name fits a pattern. */
export interface LogFilter {
  readonly level: LogLevel;
  readonly pattern: RegExp;
  /** The pattern as it was written. */
  readonly match: string;
}

/** Where lines go, from which level on. */
export interface LogOutput {
  readonly level: LogLevel;
  /** Path of a file, or null for standard error. */
  readonly file: string | null;
}

/** What is logged and where. */
export interface LogSettings {
  /** Level of parts that no filter names. */
  readonly level: LogLevel;
  readonly filters: readonly LogFilter[];
  readonly outputs: readonly LogOutput[];
}

/** Settings before any configuration: warnings and errors, to standard error. */
export const startLogSettings: LogSettings = {
  level: LogLevel.Warning,
  filters: [],
  outputs: [{ level: LogLevel.Debug, file: null }],
};

interface OpenOutput {
  readonly level: LogLevel;
  readonly fd: number;
  greeted: boolean;
  lost: number;
}

/** Writes lines of the log. */
export class Log {
  private settings = startLogSettings;
  private outputs: OpenOutput[] = [{ level: LogLevel.Debug, fd: 2, greeted: false, lost: 0 }];
  private readonly levels = new Map<string, LogLevel>();

  /** Takes over new settings. @throws LibvirtError `SystemError` when a file cannot be opened; the old ones then stay */
  configure(settings: LogSettings): void {
    const opened: OpenOutput[] = [];
    try {
      for (const { level, file } of settings.outputs) {
        opened.push({ level, fd: file === null ? 2 : openFile(file), greeted: false, lost: 0 });
      }
    } catch (error) {
      closeOutputs(opened);
      throw error;
    }
    for (const output of opened) {
      output.greeted = this.outputs.some((old) => old.fd === output.fd && old.greeted);
    }
    closeOutputs(this.outputs);
    this.outputs = opened;
    this.settings = settings;
    this.levels.clear();
  }

  /** What is in force. */
  get current(): LogSettings {
    return this.settings;
  }

  /** Closes the files. What is logged later goes to standard error. */
  close(): void {
    closeOutputs(this.outputs);
    this.outputs = [{ level: LogLevel.Debug, fd: 2, greeted: true, lost: 0 }];
  }

  /** True when lines of this level from this part are written anywhere. Asked before a costly text is made. */
  enabled(level: LogLevel, part: string): boolean {
    return level >= this.levelOf(part);
  }

  debug(part: string, text: string): void {
    this.write(LogLevel.Debug, part, text);
  }

  info(part: string, text: string): void {
    this.write(LogLevel.Info, part, text);
  }

  warning(part: string, text: string): void {
    this.write(LogLevel.Warning, part, text);
  }

  error(part: string, text: string): void {
    this.write(LogLevel.Error, part, text);
  }

  private levelOf(part: string): LogLevel {
    let level = this.levels.get(part);
    if (level === undefined) {
      level = this.settings.filters.find(({ pattern }) => pattern.test(part))?.level ?? this.settings.level;
      this.levels.set(part, level);
    }
    return level;
  }

  private write(level: LogLevel, part: string, text: string): void {
    if (level < this.levelOf(part)) return;
    for (const output of this.outputs) {
      if (level < output.level) continue;
      if (!output.greeted) {
        output.greeted = true;
        emit(output, line(LogLevel.Info, `libvirt version: ${LIBVIRT_VERSION}, package: virtwired`));
        emit(output, line(LogLevel.Info, `hostname: ${hostname()}`));
      }
      emit(output, line(level, text));
    }
  }
}

function openFile(path: string): number {
  try {
    const fd = openSync(path, 'a', 0o600);
    // Clients' names and addresses stand in it: an old file that others may read is closed to them.
    fchmodSync(fd, 0o600);
    return fd;
  } catch (error) {
    const text = systemErrorText(error as NodeJS.ErrnoException);
    throw new LibvirtError(ErrorCode.SystemError, `failed to open ${path}: ${text}`, { cause: error });
  }
}

function closeOutputs(outputs: readonly OpenOutput[]): void {
  for (const { fd } of outputs) if (fd > 2) closeSync(fd);
}

// A full pipe or disk must not stop the daemon; the lines that it costs are counted and told later.
function emit(output: OpenOutput, text: string): void {
  try {
    if (output.lost > 0) {
      writeSync(output.fd, line(LogLevel.Warning, `${output.lost} lines of the log could not be written`));
      output.lost = 0;
    }
    writeSync(output.fd, text);
  } catch {
    output.lost++;
  }
}

const names = ['', 'debug', 'info', 'warning', 'error'];

/** One line as libvirt writes it: `2026-01-02 03:04:05.678+0000: 1234: error : text`. */
function line(level: LogLevel, text: string): string {
  const time = new Date().toISOString().replace('T', ' ').replace('Z', '+0000');
  return `${time}: ${process.pid}: ${names[level]} : ${escapeControls(text)}\n`;
}

/** Makes text of a client harmless for a terminal and for who reads the log by lines. */
export function escapeControls(text: string): string {
  return text.replace(controls, (character) => {
    const code = character.charCodeAt(0);
    return code === 10 ? '\\n' : `\\x${code.toString(16).padStart(2, '0')}`;
  });
}

const controls = /[\p{Cc}\u2028\u2029]/gu;

/** The level with this number. */
function toLevel(text: string): LogLevel | null {
  return /^[1-4]$/.test(text) ? (Number(text) as LogLevel) : null;
}

/**
 * Reads `log_level`; 0 means the default.
 *
 * @throws LibvirtError `InvalidArg`
 */
export function parseLogLevel(value: number): LogLevel {
  if (value === 0) return LogLevel.Warning;
  const level = toLevel(String(value));
  if (level === null) throw invalid(`Failed to set logging priority, argument '${value}' is invalid`);
  return level;
}

/** Reads `log_filters`. @throws LibvirtError `InvalidArg` in libvirt's words */
export function parseLogFilters(text: string): LogFilter[] {
  return words(text).map((word) => {
    const at = word.indexOf(':');
    if (at < 0) throw invalid(`Malformed format for filter '${word}'`);
    const level = toLevel(word.slice(0, at));
    if (level === null) throw invalid(`Invalid priority '${word.slice(0, at)}' for filter '${word}'`);
    // A plus sign asked for stack traces in older releases and is skipped.
    const match = word.slice(at + 1).replace(/^\+/, '');
    if (match === '') throw invalid(`Invalid match string '${match}'`);
    return { level, pattern: globPattern(match), match };
  });
}

function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(source);
}

/**
 * Reads `log_outputs`.
 *
 * @throws LibvirtError `InvalidArg` in libvirt's words; `ConfigUnsupported` for syslog and journald, whose sockets Node
 *   cannot write to
 */
export function parseLogOutputs(text: string): LogOutput[] {
  const outputs = new Map<string | null, LogOutput>();
  // Of two lines for one place the later one counts.
  for (const output of words(text).map(parseLogOutput)) {
    outputs.delete(output.file);
    outputs.set(output.file, output);
  }
  return [...outputs.values()];
}

function parseLogOutput(word: string): LogOutput {
  const [priority = '', destination, ...rest] = word.split(':');
  if (destination === undefined || destination === '') throw invalid(`Malformed format for log output '${word}'`);
  const level = toLevel(priority);
  if (level === null) throw invalid(`Invalid log priority '${priority}' for log output '${word}'`);
  const detail = rest.join(':');
  if (!(destination in takesDetail)) throw invalid(`Invalid log destination '${destination}' for log output '${word}'`);
  if ((takesDetail[destination] === true) !== (detail !== '')) {
    throw invalid(`Log output '${word}' does not meet the format requirements for destination type '${destination}'`);
  }
  if (destination === 'syslog' || destination === 'journald') {
    throw new LibvirtError(
      ErrorCode.ConfigUnsupported,
      `log output '${word}': ${destination} cannot be reached from here; use stderr (which systemd hands to the journal) or file`,
      { domain: ErrorDomain.None },
    );
  }
  return { level, file: destination === 'file' ? resolve(detail) : null };
}

const takesDetail: Readonly<Record<string, boolean>> = { stderr: false, journald: false, syslog: true, file: true };

function words(text: string): string[] {
  return text.split(/[ \t\n]+/).filter((word) => word !== '');
}

function invalid(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidArg, detail);
}
