// blockresize, blockjob, blockpull, blockcommit: disks of a running domain and the jobs on them.
import type { Domain } from 'virtwire';
import { command } from '../../command.ts';
import type { Shell } from '../../context.ts';
import { anyDomain, runningDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, number, requiredNumber, word } from '../../option.ts';

// VIR_DOMAIN_BLOCK_RESIZE_BYTES
const RESIZE_BYTES = 1;
const diskOption = word('target of the disk, or path of its file');

export const blockresize = command({
  description: 'Changes the size of a disk of the running domain.',
  options: {
    domain: runningDomain,
    path: diskOption,
    size: requiredNumber('the new size (KiB when it has no unit)'),
  },
  async run(shell, args) {
    const path = args.text('path');
    const bytes = args.size('size', 1024n);
    const domain = await findDomain(shell, args.text('domain'));
    // Older servers know KiB only.
    const [size, flags] = bytes % 1024n === 0n ? [bytes / 1024n, 0] : [bytes, RESIZE_BYTES];
    await attempt(domain.blockResize(path, size, flags), `Failed to resize block device '${path}'`);
    shell.print(`Block device '${path}' is resized`);
  },
});

// virDomainBlockJobAbortFlags, virDomainBlockJobInfoFlags, virDomainBlockJobSetSpeedFlags
const AbortFlags = { Async: 1, Pivot: 2 } as const;
const INFO_BANDWIDTH_BYTES = 1;
const SPEED_BYTES = 1;
// virDomainBlockJobType
const TYPES = ['Unknown job', 'Block Pull', 'Block Copy', 'Block Commit', 'Active Block Commit', 'Backup'];

export const blockjob = command({
  description: 'Prints the job that runs on a disk, limits it, or ends it.',
  options: {
    domain: anyDomain,
    path: diskOption,
    abort: flag('end the job'),
    async: flag('do not wait until it has ended'),
    pivot: flag('end a copy by going over to it'),
    info: flag('print the job'),
    bytes: flag('the limit is in bytes/s'),
    raw: flag('print figures as they come'),
    bandwidth: number('limit in MiB/s'),
  },
  async run(shell, args) {
    const abort = args.flag('abort') || args.flag('async') || args.flag('pivot');
    const info = args.flag('info') || args.flag('raw');
    const limited = args.has('bandwidth');
    for (const mode of ['raw', 'info', 'bytes', 'bandwidth'] as const) {
      for (const end of ['abort', 'async', 'pivot'] as const) args.exclusive(mode, end);
    }
    if (limited && info) fail(`Options --${args.flag('raw') ? 'raw' : 'info'} and --bandwidth are mutually exclusive`);
    const path = args.text('path');
    const domain = await findDomain(shell, args.text('domain'));
    if (abort) {
      const flags = (args.flag('async') ? AbortFlags.Async : 0) | (args.flag('pivot') ? AbortFlags.Pivot : 0);
      await attempt(domain.blockJobAbort(path, flags), null);
      return;
    }
    if (limited) {
      const bytes = args.flag('bytes');
      const bandwidth = args.ulong('bandwidth') ?? 0n;
      await attempt(domain.blockJobSetSpeed(path, bandwidth, bytes ? SPEED_BYTES : 0), null);
      return;
    }
    await printJob(shell, domain, path, { raw: args.flag('raw'), bytes: args.flag('bytes') });
  },
});

async function printJob(
  shell: Shell,
  domain: Domain,
  path: string,
  { raw, bytes }: { readonly raw: boolean; readonly bytes: boolean },
): Promise<void> {
  const job = await attempt(domain.getBlockJobInfo(path, bytes || raw ? INFO_BANDWIDTH_BYTES : 0), null);
  if (job === null) {
    if (!raw) shell.error(`No current block job for ${path}`);
    return;
  }
  const { type, bandwidth, current, end } = job;
  if (raw) {
    const name = TYPES[type] ?? 'Unknown job';
    shell.print(` type=${name}\n bandwidth=${bandwidth}\n cur=${current}\n end=${end}\n`);
    return;
  }
  const share = end === 0n ? 0 : Number((current * 10000n) / end) / 100;
  shell.print(`${TYPES[type] ?? 'Unknown job'}: [${share.toFixed(2).padStart(5)} %]`);
  if (bandwidth !== 0n)
    shell.print(
      `    Bandwidth limit: ${bandwidth} ${bytes ? 'bytes' : 'MiB'}/s (${bandwidth} ${bytes ? 'bytes' : 'MiB'}/s)`,
    );
  shell.print('\n');
}
