// What is decided before anything is touched: options, places, settings and the log.
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isatty } from 'node:tty';
import { ErrorCode, LibvirtError, toLibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import type { DaemonOptions } from './command-line.ts';
import { loadConfig, type LoadedConfig } from './config.ts';
import type { DaemonConfig } from './config-rows.ts';
import { Log, type LogSettings } from './log.ts';
import { logSettings } from './log-settings.ts';
import { JOURNAL_SOCKET } from './logging/journald-writer.ts';
import { type DaemonPaths, daemonPaths } from './paths.ts';

/** What was decided. */
export interface PreparedDaemon {
  readonly options: DaemonOptions;
  readonly paths: DaemonPaths;
  readonly loaded: LoadedConfig;
  readonly log: Log;
  /** Where to look for what a daemon in the background logs, in words. */
  readonly backgroundLog: string;
  /** Reads the configuration again. @throws LibvirtError as {@link loadConfig} does */
  readonly load: () => LoadedConfig;
  /** What the log shall do with these settings. @throws LibvirtError `InvalidArg` in libvirt's words */
  readonly logSettings: (config: Pick<DaemonConfig, 'log_level' | 'log_filters' | 'log_outputs'>) => LogSettings;
}

/**
 * Reads the configuration and opens the log.
 *
 * @param background true in the process that stays when it runs in the background
 * @returns null when something is wrong, which has been said on standard error
 */
export function prepare(options: DaemonOptions, background: boolean): PreparedDaemon | null {
  const log = new Log();
  const paths = daemonPaths();
  const path = options.configFile ?? paths.configFile;
  // Read again after the process has left this directory.
  const absolute = resolve(path);
  const load = () => {
    const text = readConfigFile(absolute, { shown: path, mayBeAbsent: options.configFile === null });
    return loadConfig(text, { path, listen: options.listen });
  };
  let loaded: LoadedConfig;
  try {
    loaded = load();
  } catch (error) {
    log.error('daemon', `Can't load config file: ${toLibvirtError(error).message}: ${path}`);
    return null;
  }
  const { verbose } = options;
  const file = background ? paths.logFile : null;
  const journal = takesJournal(background);
  const settings: PreparedDaemon['logSettings'] = (config) =>
    logSettings(config, { verbose, file, journal, env: process.env });
  try {
    if (background && !journal) mkdirSync(dirname(paths.logFile), { recursive: true, mode: 0o700 });
    log.configure(settings(loaded.config));
  } catch (error) {
    process.stderr.write(`libvirt:  error : ${toLibvirtError(error).message}\n`);
    return null;
  }
  const backgroundLog = takesJournal(true) ? 'the journal' : paths.logFile;
  return { options, paths, loaded, log, load, backgroundLog, logSettings: settings };
}

/**
 * Reads the file of the configuration.
 *
 * @param shown its name in texts; `mayBeAbsent` gives an empty text for one that is not there
 * @throws LibvirtError `SystemError`
 */
export function readConfigFile(
  path: string,
  { shown, mayBeAbsent }: { readonly shown: string; readonly mayBeAbsent: boolean },
): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    if (mayBeAbsent && failure.code === 'ENOENT') return new Uint8Array(0);
    throw new LibvirtError(ErrorCode.SystemError, `Failed to open file '${shown}': ${systemErrorText(failure)}`, {
      cause: error,
    });
  }
}

// libvirtd's rule: whoever sits at a terminal sees the log there, otherwise the journal is where logs are looked for.
function takesJournal(background: boolean): boolean {
  if (!background && isatty(0)) return false;
  try {
    accessSync(JOURNAL_SOCKET, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
