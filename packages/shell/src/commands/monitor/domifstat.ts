// domifstat: prints the counters of a network interface of a domain.
import { command } from '../../command.ts';
import { word } from '../../option.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

export const domifstat = command({
  description: 'Prints the counters of a network interface of a running domain.',
  options: { domain: runningDomain, interface: word('target or MAC address of the interface') },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const device = args.text('interface');
    const stats = await attempt(
      domain.interfaceStats(device),
      `Failed to get interface stats ${domain.name} ${device}`,
    );
    const rows = [
      ['rx_bytes', stats.receivedBytes],
      ['rx_packets', stats.receivedPackets],
      ['rx_errs', stats.receiveErrors],
      ['rx_drop', stats.receiveDrops],
      ['tx_bytes', stats.sentBytes],
      ['tx_packets', stats.sentPackets],
      ['tx_errs', stats.sendErrors],
      ['tx_drop', stats.sendDrops],
    ] as const;
    // -1 stands for a counter that the hypervisor does not have.
    for (const [name, value] of rows) if (value !== -1n) shell.print(`${device} ${name} ${value}\n`);
  },
});
