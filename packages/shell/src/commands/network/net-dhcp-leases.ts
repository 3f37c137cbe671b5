// net-dhcp-leases: lists the addresses that the DHCP server of a network gave out.
import { command } from '../../command.ts';
import { text } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { localTime } from '../../format.ts';
import { findNetwork } from '../../lookup.ts';
import { activeNetwork } from '../../network-option.ts';

export const netDhcpLeases = command({
  description: 'Lists the addresses that the DHCP server of the network gave out.',
  options: { network: activeNetwork, mac: text('only those of this MAC address') },
  async run(shell, args) {
    const mac = args.text('mac') ?? null;
    const network = await findNetwork(shell, args.text('network'));
    const leases = await attempt(network.getDhcpLeases(mac), `Failed to get leases info for ${network.name}`);
    // virsh sorts by address of hardware, then by time.
    leases.sort((a, b) => {
      const order = (a.mac ?? '').localeCompare(b.mac ?? '');
      return order !== 0 ? order : Number(a.expiryTime - b.expiryTime);
    });
    const rows = leases.map((lease) => [
      localTime(lease.expiryTime).slice(0, 19),
      lease.mac ?? '-',
      lease.type === 0 ? 'ipv4' : 'ipv6',
      `${lease.ipAddress}/${lease.prefix}`,
      lease.hostname ?? '-',
      lease.clientId ?? '-',
    ]);
    await shell.table(['Expiry Time', 'MAC address', 'Protocol', 'IP address', 'Hostname', 'Client ID or DUID'], rows);
  },
});
