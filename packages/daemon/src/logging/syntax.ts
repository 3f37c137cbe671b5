// The texts of log_level, log_filters and log_outputs: read as libvirt reads them, and written as it writes them.
import { resolve } from 'node:path';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import type { LogLevel } from './record.ts';

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
  readonly destination: 'stderr' | 'file' | 'syslog' | 'journald';
  /** Path of a file, or the name in front of lines for syslog; null for the others. */
  readonly name: string | null;
}

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
  const level = toLevel(String(value === 0 ? 3 : value));
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

/** Reads `log_outputs`. @throws LibvirtError `InvalidArg` in libvirt's words */
export function parseLogOutputs(text: string): LogOutput[] {
  const outputs = new Map<string, LogOutput>();
  // Of two lines for one place the later one counts.
  for (const output of words(text).map(parseLogOutput)) {
    const key = `${output.destination}:${output.name}`;
    outputs.delete(key);
    outputs.set(key, output);
  }
  return [...outputs.values()];
}

function parseLogOutput(word: string): LogOutput {
  const [priority = '', destination, ...rest] = word.split(':');
  if (destination === undefined || destination === '') throw invalid(`Malformed format for log output '${word}'`);
  const level = toLevel(priority);
  if (level === null) throw invalid(`Invalid log priority '${priority}' for log output '${word}'`);
  const [detail] = rest;
  if (!isDestination(destination)) throw invalid(`Invalid log destination '${destination}' for log output '${word}'`);
  if (rest.length !== (takesDetail[destination] ? 1 : 0)) {
    throw invalid(`Log output '${word}' does not meet the format requirements for destination type '${destination}'`);
  }
  return {
    level,
    destination,
    name: detail === undefined || destination !== 'file' ? (detail ?? null) : resolve(detail),
  };
}

const takesDetail: Readonly<Record<LogOutput['destination'], boolean>> = {
  stderr: false,
  journald: false,
  syslog: true,
  file: true,
};

function isDestination(text: string): text is LogOutput['destination'] {
  return Object.hasOwn(takesDetail, text);
}

/** One output in the form of the setting. */
export function logOutputText({ level, destination, name }: LogOutput): string {
  return `${level}:${destination}${name === null ? '' : `:${name}`}`;
}

/** The outputs in the form of the setting. @see virLogGetOutputs */
export function logOutputsText(outputs: readonly LogOutput[]): string {
  return outputs.map(logOutputText).join(' ');
}

/** The filters as libvirt prints them: patterns match anywhere, each with a blank behind it; null for none. */
export function logFiltersText(filters: readonly LogFilter[]): string | null {
  return filters.length === 0 ? null : filters.map(({ level, match }) => `${level}:*${match}* `).join('');
}

function words(text: string): string[] {
  return text.split(/[ \t\n]+/).filter((word) => word !== '');
}

function invalid(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidArg, detail);
}
