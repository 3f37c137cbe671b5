// iothreadinfo, iothreadadd, iothreadset, iothreaddel: the I/O threads of a domain.
import type { TypedValue } from 'virtwire';
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { cpuRanges } from '../../cpu-map.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { number, requiredNumber } from '../../option.ts';
import { hostCpuCount } from './pinning.ts';

const idOption = requiredNumber('number of the I/O thread');

export const iothreadinfo = command({
  description: 'Lists the I/O threads of the domain, with the CPUs that they may run on.',
  options: { domain: anyDomain, ...affectOptions },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    const threads = await attempt(domain.getIothreadInfo(flags), 'Unable to get domain IOThreads information');
    if (threads.length === 0) {
      shell.print('No IOThreads found for the domain');
      return;
    }
    const cpus = await hostCpuCount(shell.connection);
    await shell.table(
      ['IOThread ID', 'CPU Affinity'],
      threads.map(({ id, cpuMap }) => [String(id), cpuRanges(cpuMap, cpus)]),
    );
  },
});

// virsh takes 0 for no number here.
function positive(id: number): number {
  if (id <= 0) fail(`Invalid IOThread id value: '${id}'`);
  return id;
}

export const iothreadadd = command({
  description: 'Adds an I/O thread to the domain.',
  options: { domain: anyDomain, id: idOption, ...affectOptions },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.addIothread(positive(args.int('id')), flags), null);
  },
});

const FIELDS = {
  'poll-max-ns': 'poll_max_ns',
  'poll-grow': 'poll_grow',
  'poll-shrink': 'poll_shrink',
  'thread-pool-min': 'thread_pool_min',
  'thread-pool-max': 'thread_pool_max',
} as const;

export const iothreadset = command({
  description: 'Changes how an I/O thread of the running domain polls.',
  options: {
    domain: anyDomain,
    id: requiredNumber('number of the I/O thread'),
    'poll-max-ns': number('nanoseconds to poll at most'),
    'poll-grow': number('factor by which polling grows'),
    'poll-shrink': number('divisor by which polling shrinks'),
    'thread-pool-min': number('threads of its pool at least'),
    'thread-pool-max': number('threads of its pool at most'),
    ...affectOptions,
  },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    const id = positive(args.int('id'));
    const wanted: Record<string, TypedValue> = {};
    for (const [option, name] of Object.entries(FIELDS)) {
      if (option.startsWith('thread')) {
        const count = args.int(option as keyof typeof FIELDS);
        if (count !== undefined) wanted[name] = { int: count };
      } else if (option === 'poll-max-ns') {
        const time = args.ulong(option);
        if (time !== undefined) wanted[name] = { ullong: time };
      } else {
        const factor = args.uint(option as keyof typeof FIELDS);
        if (factor !== undefined) wanted[name] = { uint: factor };
      }
    }
    if (Object.keys(wanted).length === 0) fail('Not enough arguments passed, nothing to set');
    await attempt(domain.setIothreadParams(id, wanted, flags), null);
  },
});

export const iothreaddel = command({
  description: 'Takes an I/O thread from the domain.',
  options: { domain: anyDomain, id: idOption, ...affectOptions },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(domain.delIothread(positive(args.int('id')), flags), null);
  },
});
