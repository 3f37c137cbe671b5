// snapshot-revert: brings a domain back to a snapshot.
import { ErrorCode, LibvirtError } from 'virtwire';
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { findSnapshot, snapshotOptions } from './find-snapshot.ts';

// virDomainSnapshotRevertFlags
const RevertFlags = { Running: 1, Paused: 2, Force: 4, ResetNvram: 8 } as const;

export const snapshotRevert = command({
  description: 'Brings the domain back to a snapshot.',
  options: {
    domain: anyDomain,
    ...snapshotOptions,
    running: flag('let it run afterwards'),
    paused: flag('leave it suspended afterwards'),
    force: flag('even if that is risky'),
    'reset-nvram': flag('make its NVRAM anew from the template'),
  },
  async run(shell, args) {
    const flags =
      (args.flag('running') ? RevertFlags.Running : 0) |
      (args.flag('paused') ? RevertFlags.Paused : 0) |
      (args.flag('reset-nvram') ? RevertFlags.ResetNvram : 0);
    const force = args.flag('force');
    const domain = await findDomain(shell, args.text('domain'));
    const snapshot = await findSnapshot(domain, args);
    // Force is asked for only when it is needed; an old server does not know it.
    const call = snapshot.revert(flags).catch((thrown) => {
      const risky = thrown instanceof LibvirtError && thrown.code === ErrorCode.SnapshotRevertRisky;
      if (!force || !risky) throw thrown;
      return snapshot.revert(flags | RevertFlags.Force);
    });
    await attempt(call, `Failed to revert snapshot ${snapshot.name}`);
    shell.extra(`Domain snapshot ${snapshot.name} reverted\n`);
  },
});
