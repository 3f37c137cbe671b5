// vcpupin, emulatorpin, iothreadpin: print or change on which CPUs of the host parts of a domain may run.
import type { Connection } from 'virtwire';
import { affectFlags, affectOptions, affectsOf } from '../../affect.ts';
import { command } from '../../command.ts';
import { cpuRanges, parseCpuList } from '../../cpu-map.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, CommandFailure, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { number, requiredNumber, text, word } from '../../option.ts';

const listHelp = 'CPUs of the host, as 0-3,^2; r for all';
// VIR_DOMAIN_AFFECT_CONFIG
const CONFIG = 2;

/** Counts the CPUs of the host (virshNodeGetCPUCount). */
export async function hostCpuCount(connection: Connection): Promise<number> {
  try {
    return (await connection.getCpuMap()).cpus;
  } catch {
    const node = await attempt(connection.getNodeInfo(), null);
    return node.nodes * node.sockets * node.cores * node.threads;
  }
}

/** Reads a list of CPUs. @throws CommandFailure when it is none */
function cpuMapOf(list: string, cpus: number): Uint8Array {
  if (list === 'r') {
    const all = new Uint8Array(Math.ceil(cpus / 8));
    for (let cpu = 0; cpu < cpus; cpu++) all[cpu >> 3] = (all[cpu >> 3] ?? 0) | (1 << (cpu & 7));
    return all;
  }
  const map = parseCpuList(list);
  if (map === null) {
    throw new CommandFailure(
      `Invalid cpulist '${list}'`,
      new CommandFailure(`invalid argument: Failed to parse bitmap '${list}'`),
    );
  }
  return map;
}

export const vcpupin = command({
  description: 'Prints on which CPUs of the host virtual CPUs of the domain may run, or changes it for one.',
  options: {
    domain: anyDomain,
    vcpu: number('number of the virtual CPU'),
    cpulist: text(listHelp, { mayBeEmpty: true }),
    ...affectOptions,
  },
  async run(shell, args) {
    const affects = affectsOf(args);
    let flags = affectFlags(affects);
    const list = args.text('cpulist');
    const vcpu = args.uint('vcpu');
    if (list !== undefined && vcpu === undefined) fail('vcpupin: Missing vCPU number in pin mode.');
    const cpus = await hostCpuCount(shell.connection);
    const domain = await findDomain(shell, args.text('domain'));
    const named = affects.current || affects.live || affects.config;
    if (list !== undefined) {
      const map = cpuMapOf(list, cpus);
      const pinned =
        named && vcpu !== undefined ? domain.pinVcpuFlags(vcpu, map, flags) : domain.pinVcpu(vcpu as number, map);
      await attempt(pinned, null);
      return;
    }
    args.exclusive('live', 'config');
    if (!named && !(await attempt(domain.isActive(), null))) flags = CONFIG;
    const vcpus =
      flags === CONFIG
        ? await attempt(domain.getVcpusFlags(CONFIG), null)
        : (await attempt(domain.getInfo(), null)).vcpus;
    if (vcpu !== undefined && vcpu >= vcpus) {
      fail(`vcpu ${vcpu} is out of range of ${flags === CONFIG ? 'persistent' : 'live'} cpu count ${vcpus}`);
    }
    const pins = await attempt(domain.getVcpuPinInfo(vcpus, Math.ceil(cpus / 8), flags), null);
    const rows = pins.flatMap((map, index) =>
      vcpu === undefined || vcpu === index ? [[String(index), cpuRanges(map, cpus)]] : [],
    );
    await shell.table(['VCPU', 'CPU Affinity'], rows);
  },
});

export const emulatorpin = command({
  description: 'Prints on which CPUs of the host the emulator of the domain may run, or changes it.',
  options: { domain: anyDomain, cpulist: text(listHelp, { mayBeEmpty: true }), ...affectOptions },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    const list = args.text('cpulist');
    const cpus = await hostCpuCount(shell.connection);
    if (list !== undefined) {
      await attempt(domain.pinEmulator(cpuMapOf(list, cpus), flags), null);
      return;
    }
    const map = await attempt(domain.getEmulatorPinInfo(Math.ceil(cpus / 8), flags), null);
    shell.extra(`emulator: CPU Affinity\n`);
    shell.extra('----------------------------------\n');
    shell.print(`       *: ${cpuRanges(map, cpus)}\n`);
  },
});

export const iothreadpin = command({
  description: 'Says on which CPUs of the host an I/O thread of the domain may run.',
  options: {
    domain: anyDomain,
    iothread: requiredNumber('number of the I/O thread'),
    cpulist: word(listHelp),
    ...affectOptions,
  },
  async run(shell, args) {
    const flags = affectFlags(affectsOf(args));
    const domain = await findDomain(shell, args.text('domain'));
    const id = args.uint('iothread');
    const cpus = await hostCpuCount(shell.connection);
    await attempt(domain.pinIothread(id, cpuMapOf(args.text('cpulist'), cpus), flags), null);
  },
});
