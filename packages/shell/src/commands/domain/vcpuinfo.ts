// vcpuinfo: prints where the virtual CPUs of a domain run, and for how long.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { cpuLetters, cpuRanges } from '../../cpu-map.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, CommandFailure } from '../../failure.ts';
import { labelLine } from '../../format.ts';
import { findDomain } from '../../lookup.ts';

const VCPU_STATES = ['offline', 'running', 'blocked'];
// VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_AFFECT_CONFIG
const SHUTOFF = 5;
const CONFIG = 2;

export const vcpuinfo = command({
  description: 'Prints state, time and place of each virtual CPU of the domain.',
  options: { domain: anyDomain, pretty: flag('print sets of CPUs as lists') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const [hostCpus, info] = await Promise.all([
      shell.connection.getCpuMap().then(
        ({ cpus }) => cpus,
        async () => {
          const node = await shell.connection.getNodeInfo();
          return node.nodes * node.sockets * node.cores * node.threads;
        },
      ),
      attempt(domain.getInfo(), null),
    ]);
    const mapBytes = Math.ceil(hostCpus / 8);
    const affinity = (map: Uint8Array) =>
      args.flag('pretty') ? `${cpuRanges(map, hostCpus)} (out of ${hostCpus})` : cpuLetters(map, hostCpus);
    let blocks: string[];
    try {
      const vcpus = await domain.getVcpus(info.vcpus, mapBytes);
      blocks = vcpus.map((vcpu) =>
        [
          labelLine('VCPU:', vcpu.number),
          labelLine('CPU:', vcpu.cpu),
          labelLine('State:', VCPU_STATES[vcpu.state] ?? 'no state'),
          vcpu.cpuTimeNs === 0n ? '' : labelLine('CPU time:', `${(Number(vcpu.cpuTimeNs) / 1e9).toFixed(1)}s`),
          labelLine('CPU Affinity:', affinity(vcpu.cpuMap)),
        ].join(''),
      );
    } catch (thrown) {
      if (info.state !== SHUTOFF) throw new CommandFailure(null, thrown);
      // A domain that does not run still knows where its CPUs may run.
      const pins = await attempt(domain.getVcpuPinInfo(info.vcpus, mapBytes, CONFIG), null);
      blocks = pins.map((map, number) =>
        [
          labelLine('VCPU:', number),
          labelLine('CPU:', 'N/A'),
          labelLine('State:', 'N/A'),
          labelLine('CPU time', 'N/A'),
          labelLine('CPU Affinity:', affinity(map)),
        ].join(''),
      );
    }
    shell.print(blocks.join('\n'));
  },
});
