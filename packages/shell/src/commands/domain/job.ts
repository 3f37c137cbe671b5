// domjobinfo and domjobabort: the job that runs on a domain.
import type { Domain, TypedParameterValue } from 'virtwire';
import { command } from '../../command.ts';
import { anyDomain, runningDomain } from '../../domain-option.ts';
import { attempt, CommandFailure, isUnsupported } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag } from '../../option.ts';
import { parameterText } from '../../tunables.ts';

// virDomainJobType, virDomainJobOperation, virDomainGetJobStatsFlags, VIR_DOMAIN_ABORT_JOB_POSTCOPY
const TYPES = ['None', 'Bounded', 'Unbounded', 'Completed', 'Failed', 'Cancelled'];
const OPERATIONS = [
  'Unknown',
  'Start',
  'Save',
  'Restore',
  'Incoming migration',
  'Outgoing migration',
  'Snapshot',
  'Snapshot revert',
  'Dump',
  'Backup',
  'Snapshot delete',
];
const COMPLETED = 1;
const KEEP_COMPLETED = 2;
const ABORT_POSTCOPY = 1;

export const domjobabort = command({
  description: 'Stops the job that runs on the domain.',
  options: { domain: runningDomain, postcopy: flag('also a migration that only copies what is asked for') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    await attempt(args.flag('postcopy') ? domain.abortJobFlags(ABORT_POSTCOPY) : domain.abortJob(), null);
  },
});

const label = (text: string, value: string) => `${text.padEnd(17)} ${value}\n`;

/** Writes bytes with three decimals and their unit. */
function scaled(bytes: bigint): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let unit = 0;
  while (unit < units.length - 1 && bytes >= 1024n ** BigInt(unit + 1)) unit += 1;
  return `${(Number(bytes) / 1024 ** unit).toFixed(3)} ${units[unit]}`;
}

// Fields in the order of virsh: text, name, and how they are written.
const FIELDS: readonly (readonly [string, string, 'ms' | 'size' | 'number' | 'speed'])[] = [
  ['Time elapsed:', 'time_elapsed', 'ms'],
  ['Time elapsed w/o network:', 'time_elapsed_net', 'ms'],
  ['Time remaining:', 'time_remaining', 'ms'],
  ['Data processed:', 'data_processed', 'size'],
  ['Data remaining:', 'data_remaining', 'size'],
  ['Data total:', 'data_total', 'size'],
  ['Memory processed:', 'memory_processed', 'size'],
  ['Memory remaining:', 'memory_remaining', 'size'],
  ['Memory total:', 'memory_total', 'size'],
  ['Memory bandwidth:', 'memory_bps', 'speed'],
  ['Dirty rate:', 'memory_dirty_rate', 'number'],
  ['Page size:', 'memory_page_size', 'size'],
  ['Iteration:', 'memory_iteration', 'number'],
  ['Postcopy requests:', 'memory_postcopy_requests', 'number'],
  ['File processed:', 'disk_processed', 'size'],
  ['File remaining:', 'disk_remaining', 'size'],
  ['File total:', 'disk_total', 'size'],
  ['File bandwidth:', 'disk_bps', 'speed'],
  ['Constant pages:', 'memory_constant', 'number'],
  ['Normal pages:', 'memory_normal', 'number'],
  ['Normal data:', 'memory_normal_bytes', 'size'],
  ['Total downtime:', 'downtime', 'ms'],
  ['Downtime w/o network:', 'downtime_net', 'ms'],
  ['Setup time:', 'setup_time', 'ms'],
];

export const domjobinfo = command({
  description: 'Prints how far the job is that runs on the domain.',
  options: {
    domain: anyDomain,
    completed: flag('of the job that was completed last'),
    'keep-completed': flag('do not forget it then'),
    anystats: flag('whatever the kind of job'),
    rawstats: flag('print figures as they come'),
  },
  async run(shell, args) {
    args.requires('keep-completed', 'completed');
    const domain = await findDomain(shell, args.text('domain'));
    const flags = (args.flag('completed') ? COMPLETED : 0) | (args.flag('keep-completed') ? KEEP_COMPLETED : 0);
    const stats = await domain.getJobStats(flags).catch(async (thrown) => {
      if (!isUnsupported(thrown)) throw new CommandFailure(null, thrown);
      if (flags !== 0 || args.flag('rawstats')) {
        throw new CommandFailure('Optional flags or --rawstats are not supported by the daemon', thrown);
      }
      return null;
    });
    const { type, params } = stats ?? (await attempt(olderStats(domain), null));
    if (args.flag('rawstats')) {
      shell.print(`Job type: ${type}\n\n`);
      for (const [name, value] of params) shell.print(`${name}: ${parameterText(value, undefined)}\n`);
      return;
    }
    shell.print(label('Job type:', (TYPES[type] ?? 'unknown').padEnd(12)));
    if (!args.flag('anystats') && type !== 1 && type !== 2 && !(args.flag('completed') && type === 3)) return;
    const operation = params.get('operation');
    shell.print(label('Operation:', (OPERATIONS[Number(operation ?? 0)] ?? 'unknown').padEnd(12)));
    shell.print(fieldLines(params));
  },
});

// What older servers know of a job, by the names of the newer call.
async function olderStats(domain: Domain) {
  const info = await domain.getJobInfo();
  const params = new Map<string, bigint>([
    ['time_elapsed', info.timeElapsed],
    ['time_remaining', info.timeRemaining],
    ['data_processed', info.dataProcessed],
    ['data_remaining', info.dataRemaining],
    ['data_total', info.dataTotal],
    ['memory_processed', info.memProcessed],
    ['memory_remaining', info.memRemaining],
    ['memory_total', info.memTotal],
    ['disk_processed', info.fileProcessed],
    ['disk_remaining', info.fileRemaining],
    ['disk_total', info.fileTotal],
  ]);
  return { type: info.type, params };
}

function fieldLines(params: ReadonlyMap<string, TypedParameterValue>): string {
  let lines = '';
  for (const [text, name, kind] of FIELDS) {
    const value = params.get(name);
    if (typeof value !== 'bigint' || (value === 0n && kind === 'size')) continue;
    if (kind === 'ms') lines += label(text, `${String(value).padEnd(12)} ms`);
    else if (kind === 'size') lines += label(text, scaled(value));
    else if (kind === 'speed') lines += label(text, `${scaled(value)}/s`);
    else lines += label(text, String(value).padEnd(12));
  }
  return lines;
}
