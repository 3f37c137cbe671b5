// The log: which lines are written, and to which outputs.
import { writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { LIBVIRT_VERSION } from '@virtwire/protocol/constants';
import { systemErrorText } from '@virtwire/rpc/node';
import { codePlace } from './logging/code-place.ts';
import { journaldWriter } from './logging/journald-writer.ts';
import { fileWriter, standardErrorWriter } from './logging/line-writer.ts';
import { LogLevel, type LogRecord, type LogWriter } from './logging/record.ts';
import { type LogFilter, type LogOutput, logOutputText } from './logging/syntax.ts';
import { syslogWriter } from './logging/syslog-writer.ts';

/** What is logged and where. */
export interface LogSettings {
  /** Level of parts that no filter names. */
  readonly level: LogLevel;
  readonly filters: readonly LogFilter[];
  readonly outputs: readonly LogOutput[];
}

const startOutput: LogOutput = { level: LogLevel.Debug, destination: 'stderr', name: null };

/** Settings before any configuration: warnings and errors, to standard error. */
export const startLogSettings: LogSettings = { level: LogLevel.Warning, filters: [], outputs: [startOutput] };

const writers: Readonly<Record<LogOutput['destination'], (name: string) => LogWriter>> = {
  stderr: standardErrorWriter,
  file: fileWriter,
  syslog: (name) => syslogWriter(name),
  journald: () => journaldWriter(),
};

interface OpenOutput {
  readonly output: LogOutput;
  readonly writer: LogWriter;
  greeted: boolean;
  /** Lines that could not be written since the last that could. */
  lost: number;
  /** True when standard error knows that lines are lost. */
  told: boolean;
}

/** Writes lines of the log. */
export class Log {
  private settings = startLogSettings;
  private outputs: OpenOutput[] = [open(startOutput)];
  private readonly levels = new Map<string, LogLevel>();

  /** Takes over new settings. @throws LibvirtError `SystemError` when a file cannot be opened; the old ones then stay */
  configure(settings: LogSettings): void {
    const opened: OpenOutput[] = [];
    try {
      for (const output of settings.outputs) opened.push(open(output));
    } catch (error) {
      for (const { writer } of opened) writer.close();
      throw error;
    }
    // Who writes to a place is told once, however often the settings are read again.
    for (const each of opened) {
      each.greeted = this.outputs.some((old) => old.greeted && placeOf(old.output) === placeOf(each.output));
    }
    for (const old of this.outputs) close(old);
    this.outputs = opened;
    this.settings = settings;
    this.levels.clear();
  }

  /** What is in force. */
  get current(): LogSettings {
    return this.settings;
  }

  /** Closes the outputs. What is logged later goes to standard error. */
  close(): void {
    for (const old of this.outputs) close(old);
    this.outputs = [{ ...open(startOutput), greeted: true }];
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
    const time = new Date();
    for (const each of this.outputs) {
      if (level < each.output.level) continue;
      if (!each.greeted) {
        each.greeted = true;
        emit(each, note(LogLevel.Info, `libvirt version: ${LIBVIRT_VERSION}, package: virtwired`, time));
        emit(each, note(LogLevel.Info, `hostname: ${hostname()}`, time));
      }
      // Above: emit and what it calls are not counted, as the writer asks in its own time.
      emit(each, { level, part, text, time, place: () => codePlace(CALLS_TO_LOG) });
    }
  }
}

// From the place of a line: debug() ... error(), write(), emit(), the writer's write() and what it calls, place().
const CALLS_TO_LOG = 6;

function note(level: LogLevel, text: string, time: Date): LogRecord {
  return { level, part: 'log', text, time, place: () => null };
}

function open(output: LogOutput): OpenOutput {
  const writer = writers[output.destination](output.name ?? '');
  return { output, writer, greeted: false, lost: 0, told: false };
}

function placeOf({ destination, name }: LogOutput): string {
  return `${destination}:${name}`;
}

function close({ output, writer, lost }: OpenOutput): void {
  if (lost > 0) tell(`${lost} lines of the log could not be written to ${logOutputText(output)}`);
  writer.close();
}

// A full pipe, disk or queue must not stop the daemon; the lines that it costs are counted and told later.
function emit(each: OpenOutput, record: LogRecord): void {
  try {
    if (each.lost > 0) {
      each.writer.write(note(LogLevel.Warning, `${each.lost} lines of the log could not be written`, record.time));
      each.lost = 0;
    }
    each.writer.write(record);
  } catch (error) {
    each.lost++;
    if (each.told) return;
    each.told = true;
    const why = systemErrorText(error as NodeJS.ErrnoException);
    tell(`the log cannot be written to ${logOutputText(each.output)}: ${why}`);
  }
}

// Where nobody reads standard error either, nothing is left to be told.
function tell(text: string): void {
  try {
    writeSync(2, `virtwired: ${text}\n`);
  } catch {
    // It is closed, or full.
  }
}
