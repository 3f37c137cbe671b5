// `--check-config`: what would stop or surprise a start, and every setting in force with where it comes from.
import { homedir } from 'node:os';
import { toLibvirtError } from '@virtwire/rpc';
import type { DaemonOptions } from './command-line.ts';
import { loadConfig, type LoadedConfig, settingText } from './config.ts';
import { type ConfigName, type ConfigRow, configRows, reloadableSettings } from './config-rows.ts';
import { groupId, parseMode } from './listener/unix.ts';
import { Log } from './log.ts';
import { logSettings } from './log-settings.ts';
import { daemonPaths } from './paths.ts';
import { readConfigFile } from './prepare.ts';

/** Where the check writes, and what it depends on. */
export interface CheckSituation {
  readonly output: { write(text: string): unknown };
  readonly error: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Settings that a variable of the environment goes before. */
const variables: Partial<Readonly<Record<ConfigName, string>>> = {
  log_level: 'LIBVIRT_DEBUG',
  log_filters: 'LIBVIRT_LOG_FILTERS',
  log_outputs: 'LIBVIRT_LOG_OUTPUTS',
};

const HEAD = `# What a daemon would run with, and where it comes from.
# [reload]: SIGHUP takes over a new value while clients stay; all others count from the next start.

`;

/** Checks and prints. @returns 0 when a daemon would start with it, 1 when it would not */
export async function checkConfig(
  options: DaemonOptions,
  { output, error, env }: CheckSituation = { output: process.stdout, error: process.stderr, env: process.env },
): Promise<number> {
  const paths = daemonPaths();
  const path = options.configFile ?? paths.configFile;
  const faults: string[] = [];
  let loaded: LoadedConfig;
  try {
    const text = readConfigFile(path, { shown: path, mayBeAbsent: options.configFile === null });
    loaded = loadConfig(text, { path, listen: options.listen });
  } catch (fault) {
    error.write(`virtwired: ${toLibvirtError(fault).message}\n`);
    return 1;
  }
  const { config } = loaded;
  const warnings = [...loaded.warnings];
  const attempt = async (what: () => unknown) => {
    try {
      await what();
    } catch (fault) {
      faults.push(toLibvirtError(fault).message);
    }
  };
  await attempt(() => logSettings(config, { verbose: options.verbose, file: null, journal: false, env }));
  await attempt(() => (config.unix_sock_group === null ? null : groupId(config.unix_sock_group)));
  for (const perms of [config.unix_sock_ro_perms, config.unix_sock_rw_perms, config.unix_sock_admin_perms]) {
    if (perms !== null) await attempt(() => parseMode(perms));
  }
  if (options.listen && config.listen_tls) {
    await attempt(async () => {
      const { tlsProtection } = await import('./listener/tls.ts');
      const log = new Log();
      log.warning = (_part, text) => void warnings.push(text);
      (await tlsProtection(config, { home: paths.privileged ? null : homedir(), log })).close();
    });
  }
  if (config.audit_level > 1) await attempt(async () => (await import('./audit/host-audit.ts')).requireHostAudit());
  if (config.access_drivers?.includes('rules') === true) {
    await attempt(async () => {
      const { readRules } = await import('./acl/control.ts');
      readRules(config.access_rules_file ?? paths.accessRulesFile);
    });
  }
  for (const warning of warnings) error.write(`virtwired: warning: ${warning}\n`);
  for (const fault of faults) error.write(`virtwired: ${fault}\n`);
  output.write(effectiveSettings(loaded, env, options.verbose));
  return faults.length === 0 ? 0 : 1;
}

/** All settings as a file, each with its origin behind it, and a word for those that SIGHUP changes. */
export function effectiveSettings(
  { config, places }: LoadedConfig,
  env: CheckSituation['env'],
  verbose: boolean,
): string {
  const rows = Object.entries(configRows as Readonly<Record<string, ConfigRow>>);
  const lines = rows.map(([key, row]) => {
    const name = key as ConfigName;
    const reload = reloadableSettings.has(name) ? ' [reload]' : '';
    const variable = variables[name];
    const given = variable === undefined ? undefined : env[variable];
    if (given)
      return `${name} = ${settingText({ ...row, type: 'string' }, given)}  # environment, ${variable}${reload}`;
    if (name === 'log_level' && verbose && config.log_level > 2) return `${name} = 2  # argument, --verbose${reload}`;
    const place = places.get(name);
    const without = typeof row.state === 'object' && 'idle' in row.state && place !== undefined;
    const note = without ? `, without effect: ${(row.state as { idle: string }).idle}` : '';
    if (place !== undefined) return `${name} = ${settingText(row, config[name])}  # ${place}${reload}${note}`;
    const value = config[name];
    // What is not set has no text in a file: a line with an empty one would set it to that.
    if (value === null)
      return `#${name} is not set  # default${row.defaultText === undefined ? '' : `: ${row.defaultText}`}${reload}`;
    return `${name} = ${settingText(row, value)}  # default${reload}`;
  });
  return `${HEAD}${lines.join('\n')}\n`;
}
