// domifaddr: prints the addresses of the network interfaces of a domain.
import { command } from '../../command.ts';
import { flag, text } from '../../option.ts';
import { oneOf } from '../../completers.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// virDomainInterfaceAddressesSource
const SOURCES: Readonly<Record<string, number>> = { lease: 0, agent: 1, arp: 2 };

export const domifaddr = command({
  description: 'Prints the addresses of the network interfaces of a running domain.',
  options: {
    domain: runningDomain,
    interface: text('only this one'),
    full: flag('repeat name and MAC address for each address'),
    source: text('whom to ask: lease, agent or arp', { complete: oneOf(...Object.keys(SOURCES)) }),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const only = args.text('interface');
    const sourceName = args.text('source') ?? 'lease';
    const source = Object.hasOwn(SOURCES, sourceName) ? SOURCES[sourceName] : undefined;
    if (source === undefined) fail(`Unknown data source '${sourceName}'`);
    const found = await attempt(domain.interfaceAddresses(source), 'Failed to query for interfaces addresses');
    shell.extra(` ${'Name'.padEnd(10)} ${'MAC address'.padEnd(20)} ${'Protocol'.padEnd(8)}     Address\n`);
    shell.extra(`${'-'.repeat(79)}\n`);
    for (const { name, mac, addresses } of found) {
      if (only !== undefined && only !== name) continue;
      if (addresses.length === 0) {
        shell.print(` ${name.padEnd(10)} ${(mac ?? '').padEnd(17)}    ${'N/A'.padEnd(12)} N/A\n`);
      }
      for (const [index, { type, address, prefix }] of addresses.entries()) {
        const named = index === 0 || args.flag('full');
        const [shownName, shownMac] = named ? [name, mac ?? ''] : ['-', '-'];
        const protocol = (type === 0 ? 'ipv4' : 'ipv6').padEnd(12);
        shell.print(` ${shownName.padEnd(10)} ${shownMac.padEnd(17)}    ${protocol} ${address}/${prefix}\n`);
      }
    }
  },
});
