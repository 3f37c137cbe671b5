// domblkstat: prints the counters of a disk of a domain.
import type { TypedParameterValue } from 'virtwire';
import { command } from '../../command.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt, CommandFailure, isUnsupported } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, text } from '../../option.ts';

// Names of the wire and of virsh, in the order of virsh; and what --human calls them.
const FIELDS: readonly (readonly [string, string, string])[] = [
  ['rd_operations', 'rd_req', 'number of read operations:'],
  ['rd_bytes', 'rd_bytes', 'number of bytes read:'],
  ['wr_operations', 'wr_req', 'number of write operations:'],
  ['wr_bytes', 'wr_bytes', 'number of bytes written:'],
  ['errs', 'errs', 'error count:'],
  ['flush_operations', 'flush_operations', 'number of flush operations:'],
  ['rd_total_times', 'rd_total_times', 'total duration of reads (ns):'],
  ['wr_total_times', 'wr_total_times', 'total duration of writes (ns):'],
  ['flush_total_times', 'flush_total_times', 'total duration of flushes (ns):'],
];

export const domblkstat = command({
  description: 'Prints the counters of a disk of a running domain.',
  options: {
    domain: runningDomain,
    device: text('target of the disk; all disks together when empty', { mayBeEmpty: true }),
    human: flag('in words'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const device = args.text('device') ?? '';
    const human = args.flag('human');
    const stats = await domain.blockStatsFlags(device).catch(async (thrown) => {
      const text = `Failed to get block stats ${domain.name} ${device}`;
      if (!isUnsupported(thrown)) throw new CommandFailure(text, thrown);
      const older = await attempt(domain.blockStats(device), text);
      return new Map<string, TypedParameterValue>([
        ['rd_operations', older.readRequests],
        ['rd_bytes', older.readBytes],
        ['wr_operations', older.writeRequests],
        ['wr_bytes', older.writeBytes],
        ['errs', older.errors],
      ]);
    });
    const print = (name: string, value: TypedParameterValue) => {
      if (value === -1n) return;
      shell.print(human ? ` ${name.padEnd(31)} ${value}\n` : `${device} ${name} ${value}\n`);
    };
    if (human) shell.print(`Device: ${device}\n`);
    const rest = new Map(stats);
    for (const [wire, short, long] of FIELDS) {
      const value = stats.get(wire);
      rest.delete(wire);
      if (value !== undefined) print(human ? long : short, value);
    }
    for (const [name, value] of rest) print(name, value);
  },
});
