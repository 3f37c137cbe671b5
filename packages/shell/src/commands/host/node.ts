// nodecpustats, nodememstats, node-memory-tune, nodesevinfo, nodesuspend: figures and settings of the host.
import type { TypedValue } from 'virtwire';
import { command } from '../../command.ts';
import { oneOf } from '../../completers.ts';
import { attempt, fail } from '../../failure.ts';
import { flag, number, requiredNumber, word } from '../../option.ts';
import { hasParameters, parameterText } from '../../tunables.ts';

// Names of the wire, in the order of virsh; utilization is a percentage that some hypervisors tell.
const CPU_FIELDS = ['user', 'kernel', 'idle', 'iowait', 'intr'] as const;
const CPU_LABELS: Readonly<Record<string, string>> = { kernel: 'system' };
const SECOND_MS = 1000;

export const nodecpustats = command({
  description: 'Prints how long CPUs of the host were busy, and with what.',
  options: { cpu: number('number of the CPU; all when left out'), percent: flag('of one second, in percent') },
  async run(shell, args) {
    const cpu = args.int('cpu') ?? -1;
    const { connection } = shell;
    const first = await attempt(connection.getCpuStats(cpu), 'Unable to get node cpu stats');
    if (!args.flag('percent')) {
      if (first.size === 0) fail('nothing to print');
      for (const field of CPU_FIELDS) {
        const time = first.get(field);
        const label = `${CPU_LABELS[field] ?? field}:`;
        if (time !== undefined) shell.print(`${label.padEnd(15)} ${String(time).padStart(20)}\n`);
      }
      return;
    }
    const direct = first.get('utilization');
    if (direct !== undefined) {
      shell.print(`${'usage:'.padEnd(15)} ${String(direct).padStart(5)}%\n`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, SECOND_MS));
    const second = await attempt(connection.getCpuStats(cpu), 'Unable to get node cpu stats');
    const diff = (field: string) => Number((second.get(field) ?? 0n) - (first.get(field) ?? 0n));
    const total = CPU_FIELDS.reduce((sum, field) => sum + diff(field), 0);
    const share = (time: number) => `${((total === 0 ? 0 : time / total) * 100).toFixed(1).padStart(5)}%`;
    shell.print(`${'usage:'.padEnd(15)} ${share(total - diff('idle') - diff('iowait'))}\n`);
    for (const field of CPU_FIELDS) {
      if (!second.has(field)) continue;
      shell.print(`${`${CPU_LABELS[field] ?? field}:`.padEnd(15)} ${share(diff(field))}\n`);
    }
  },
});

export const nodememstats = command({
  description: 'Prints the memory of the host.',
  options: { cell: number('number of the NUMA cell; all when left out') },
  async run(shell, args) {
    const cell = args.int('cell') ?? -1;
    const stats = await attempt(shell.connection.getMemoryStats(cell), 'Unable to get number of memory stats');
    for (const [name, kib] of stats) shell.print(`${name.padEnd(7)}: ${String(kib).padStart(20)} KiB\n`);
  },
});

export const nodeMemoryTune = command({
  description: 'Prints the settings of memory sharing of the host, or changes them.',
  options: {
    'shm-pages-to-scan': number('pages to look at before sleeping'),
    'shm-sleep-millisecs': number('milliseconds to sleep'),
    'shm-merge-across-nodes': number('1 to share between NUMA nodes, 0 not to'),
  },
  async run(shell, args) {
    const wanted: Record<string, TypedValue | undefined> = {};
    for (const option of ['shm-pages-to-scan', 'shm-sleep-millisecs', 'shm-merge-across-nodes'] as const) {
      const value = args.uint(option);
      wanted[option.replaceAll('-', '_')] = value === undefined ? undefined : { uint: value };
    }
    const { connection } = shell;
    if (hasParameters(wanted)) {
      await attempt(connection.setMemoryParameters(wanted), 'Unable to change memory parameters');
      return;
    }
    const params = await attempt(connection.getMemoryParameters(), 'Unable to get number of memory parameters');
    if (params.size === 0) return;
    shell.print('Shared memory:\n');
    for (const [name, value] of params) {
      shell.print(`\t${name.replace(/^shm_/, '').padEnd(15)} ${parameterText(value, params.type(name))}\n`);
    }
  },
});

export const nodesevinfo = command({
  description: 'Prints what the host can do to protect the memory of domains.',
  options: {},
  async run(shell) {
    const params = await attempt(shell.connection.getSevInfo(), 'Unable to get host SEV information');
    for (const [name, value] of params) shell.print(`${name.padEnd(18)}: ${parameterText(value, params.type(name))}\n`);
  },
});

// virNodeSuspendTarget
const TARGETS = ['mem', 'disk', 'hybrid'];

export const nodesuspend = command({
  description: 'Sends the host to sleep for a while.',
  options: {
    target: word('mem, disk or hybrid', { complete: oneOf(...TARGETS) }),
    duration: requiredNumber('seconds, at least 60'),
  },
  async run(shell, args) {
    const given = args.text('target');
    const duration = args.long('duration');
    const target = TARGETS.indexOf(given);
    if (target < 0) fail('Invalid target');
    if (duration < 0n) fail('Invalid duration');
    await attempt(shell.connection.suspendForDuration(target, duration), 'The host was not suspended');
  },
});
