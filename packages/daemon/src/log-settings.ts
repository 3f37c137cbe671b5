// Where the settings of the log come from: the environment goes before the configuration, and -v lowers the level.
import type { DaemonConfig } from './config-rows.ts';
import {
  type LogFilter,
  LogLevel,
  type LogOutput,
  type LogSettings,
  parseLogFilters,
  parseLogLevel,
  parseLogOutputs,
} from './log.ts';

/** What decides besides the configuration. */
export interface LogSituation {
  readonly verbose: boolean;
  /** File of a daemon in the background, null in the foreground. */
  readonly file: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Puts the settings together. @throws LibvirtError `InvalidArg` in libvirt's words */
export function logSettings(
  config: Pick<DaemonConfig, 'log_level' | 'log_filters' | 'log_outputs'>,
  { verbose, file, env }: LogSituation,
): LogSettings {
  const wanted = env['LIBVIRT_DEBUG'] ? levelByName(env['LIBVIRT_DEBUG']) : parseLogLevel(config.log_level);
  const filters = env['LIBVIRT_LOG_FILTERS'] || config.log_filters;
  const outputs = env['LIBVIRT_LOG_OUTPUTS'] || config.log_outputs;
  return {
    level: verbose && wanted > LogLevel.Info ? LogLevel.Info : wanted,
    filters: filters ? parseLogFilters(filters) : [],
    outputs: outputs ? parseLogOutputs(outputs) : [{ level: LogLevel.Debug, file }],
  };
}

/** The outputs in the form of the setting. @see virLogGetOutputs */
export function logOutputsText(outputs: readonly LogOutput[]): string {
  return outputs.map(({ level, file }) => `${level}:${file === null ? 'stderr' : `file:${file}`}`).join(' ');
}

/** The filters as libvirt prints them: patterns match anywhere, each with a blank behind it; null for none. */
export function logFiltersText(filters: readonly LogFilter[]): string | null {
  return filters.length === 0 ? null : filters.map(({ level, match }) => `${level}:*${match}* `).join('');
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
