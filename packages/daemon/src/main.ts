// What the program does for a command line; only what that needs is loaded.
import { LIBVIRT_VERSION } from '@virtwire/protocol/constants';
import { type DaemonOptions, parseCommandLine } from './command-line.ts';
import { daemonPaths } from './paths.ts';
import { usageText } from './usage.ts';

/** Runs the program. @param args what stands behind its name. @returns its exit code */
export async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'acl') return (await import('./acl/acl-command.ts')).aclCommand(args.slice(1));
  if (args[0] === 'audit') return (await import('./audit/audit-command.ts')).auditCommand(args.slice(1));
  if (args[0] === 'passwd') return (await import('./passwd-command.ts')).passwdCommand(args.slice(1));
  const options = parseCommandLine(args);
  if ('message' in options) {
    // libvirtd gives this one to its log, as by then it has read all options.
    if (options.message.startsWith('Invalid value')) {
      const { Log } = await import('./log.ts');
      new Log().error('daemon', options.message);
    } else {
      const hint = options.hint === undefined ? '' : `virtwired: ${options.hint}\n`;
      process.stderr.write(
        `virtwired: ${options.message}\n${hint}${options.showUsage ? usageText(daemonPaths()) : ''}`,
      );
    }
    return 1;
  }
  return actions[options.action](options);
}

const actions: Readonly<Record<DaemonOptions['action'], (options: DaemonOptions) => number | Promise<number>>> = {
  help: () => {
    // libvirtd writes its help to standard error.
    process.stderr.write(usageText(daemonPaths()));
    return 0;
  },
  version: () => {
    process.stdout.write(`virtwired (libvirt) ${LIBVIRT_VERSION}\n`);
    return 0;
  },
  'print-config': async () => {
    const { defaultConfigText } = await import('./config.ts');
    process.stdout.write(defaultConfigText());
    return 0;
  },
  'check-config': async (options) => {
    const { checkConfig } = await import('./check-config.ts');
    return checkConfig(options);
  },
  run: async (options) => {
    const { prepare } = await import('./prepare.ts');
    const background = options.daemon ? await import('./background.ts') : null;
    const report = background?.backgroundReport() ?? null;
    const prepared = prepare(options, report !== null);
    if (prepared === null) {
      report?.(1);
      return 1;
    }
    if (background !== null && report === null) return background.startInBackground(prepared.backgroundLog);
    const { claimPlaces } = await import('./claim.ts');
    const claim = claimPlaces(prepared);
    if (report !== null) process.chdir('/');
    // Loaded while a helper takes the locks.
    const { run } = await import('./daemon.ts');
    const code = await run(prepared, claim, () => report?.(0));
    report?.(code);
    return code;
  },
};
