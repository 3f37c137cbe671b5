// save, restore: the memory of a domain in a file of the host, and back.
// The daemon has another working directory: names of files are made whole here (virFileAbsPath).
import { resolve } from 'node:path';
import type { Domain } from 'virtwire';
import { command } from '../../command.ts';
import type { Shell } from '../../context.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { findDomain } from '../../lookup.ts';
import { flag, text, word } from '../../option.ts';

// virDomainSaveRestoreFlags
const SaveFlags = { BypassCache: 1, Running: 2, Paused: 4, ResetNvram: 8 } as const;

/** The options that say how a restored domain goes on. */
export const resumeOptions = {
  running: flag('let it run when it is restored'),
  paused: flag('leave it suspended when it is restored'),
};

/** Gives the flags of those options. */
export function resumeFlags(args: { flag(name: 'running' | 'paused'): boolean }): number {
  return (args.flag('running') ? SaveFlags.Running : 0) | (args.flag('paused') ? SaveFlags.Paused : 0);
}

/** Tells that a job is done, as virsh does at the end of its progress. */
export function tellDone(shell: Shell, label: string): void {
  shell.stderr(`\r${label}: [100 %]`);
}

export const save = command({
  description: 'Saves the memory of the running domain to a file of the host and stops it.',
  options: {
    domain: runningDomain,
    file: word('where to save it'),
    'bypass-cache': flag('write past the file system cache'),
    xml: text('file with the XML that it is to be restored with'),
    ...resumeOptions,
    verbose: flag('show how far it is'),
  },
  async run(shell, args) {
    const domain: Domain = await findDomain(shell, args.text('domain'));
    const file = args.text('file');
    const flags = resumeFlags(args) | (args.flag('bypass-cache') ? SaveFlags.BypassCache : 0);
    const xmlFile = args.text('xml');
    const xml = xmlFile === undefined ? null : await readXmlFile(xmlFile);
    const path = resolve(file);
    const call = flags !== 0 || xml !== null ? domain.saveFlags(path, xml, flags) : domain.save(path);
    await attempt(call, `Failed to save domain '${domain.name}' to ${file}`);
    if (args.flag('verbose')) tellDone(shell, 'Save');
    shell.extra(`\nDomain '${domain.name}' saved to ${file}\n`);
  },
});

export const restore = command({
  description: 'Restores a domain from a file that save has written.',
  options: {
    file: word('file with the saved domain'),
    'bypass-cache': flag('read past the file system cache'),
    xml: text('file with the XML to restore it with'),
    ...resumeOptions,
    'reset-nvram': flag('make its NVRAM anew from the template'),
  },
  async run(shell, args) {
    const file = args.text('file');
    const flags =
      resumeFlags(args) |
      (args.flag('bypass-cache') ? SaveFlags.BypassCache : 0) |
      (args.flag('reset-nvram') ? SaveFlags.ResetNvram : 0);
    const xmlFile = args.text('xml');
    const xml = xmlFile === undefined ? null : await readXmlFile(xmlFile);
    const { connection } = shell;
    const path = resolve(file);
    const call =
      flags !== 0 || xml !== null ? connection.restoreDomainFlags(path, xml, flags) : connection.restoreDomain(path);
    await attempt(call, `Failed to restore domain from ${file}`);
    shell.extra(`Domain restored from ${file}\n`);
  },
});
