// Where the settings of the log come from: the environment goes before the configuration, and -v lowers the level.
import type { DaemonConfig } from './config-rows.ts';
import type { LogSettings } from './log.ts';
import { LogLevel } from './logging/record.ts';
import { type LogOutput, parseLogFilters, parseLogLevel, parseLogOutputs } from './logging/syntax.ts';

/** What decides besides the configuration. */
export interface LogSituation {
  readonly verbose: boolean;
  /** File of a daemon in the background, null in the foreground. */
  readonly file: string | null;
  /** True when the journal takes lines, and nobody looks on at a terminal. */
  readonly journal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Puts the settings together. @throws LibvirtError `InvalidArg` in libvirt's words */
export function logSettings(
  config: Pick<DaemonConfig, 'log_level' | 'log_filters' | 'log_outputs'>,
  situation: LogSituation,
): LogSettings {
  const { verbose, env } = situation;
  const wanted = env['LIBVIRT_DEBUG'] ? levelByName(env['LIBVIRT_DEBUG']) : parseLogLevel(config.log_level);
  const level = verbose && wanted > LogLevel.Info ? LogLevel.Info : wanted;
  const filters = env['LIBVIRT_LOG_FILTERS'] || config.log_filters;
  const outputs = env['LIBVIRT_LOG_OUTPUTS'] || config.log_outputs;
  const given = outputs ? parseLogOutputs(outputs) : [];
  return {
    level,
    filters: filters ? parseLogFilters(filters) : [],
    // A text of blanks names no output, which libvirtd takes as none given.
    outputs: given.length > 0 ? given : [usualOutput(level, situation)],
  };
}

// As in libvirtd it has the level of the log: filters that say more need an output of their own that takes it.
function usualOutput(level: LogLevel, { file, journal }: LogSituation): LogOutput {
  if (journal) return { level, destination: 'journald', name: null };
  return file === null ? { level, destination: 'stderr', name: null } : { level, destination: 'file', name: file };
}

const levelNames: Readonly<Record<string, LogLevel>> = {
  debug: LogLevel.Debug,
  info: LogLevel.Info,
  warning: LogLevel.Warning,
  error: LogLevel.Error,
};

// LIBVIRT_DEBUG takes names besides numbers; libvirt ignores what it does not know.
function levelByName(text: string): LogLevel {
  const number = Number(text);
  return (
    levelNames[text] ??
    (number >= 1 && number <= 4 && Number.isInteger(number) ? (number as LogLevel) : LogLevel.Warning)
  );
}
