// Commands on ports of networks: list, create, dumpxml, delete.
import type { Network, NetworkPort } from 'virtwire';
import { command } from '../../command.ts';
import type { Shell } from '../../context.ts';
import { attempt, fail } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { findNetwork } from '../../lookup.ts';
import { anyNetwork } from '../../network-option.ts';
import { type Completer, flag, word } from '../../option.ts';
import { printXml, xmlOptions } from '../../print-xml.ts';

// VIR_NETWORK_PORT_CREATE_VALIDATE
const VALIDATE = 2;

const portUuids: Completer = async (shell, args) => {
  const network = await findNetwork(shell, args.given('network') ?? '');
  return (await network.listAllPorts()).map(({ uuid }) => uuid);
};
const portOption = word('UUID of the port', { complete: portUuids });

interface PortArguments {
  text(name: 'network' | 'port'): string;
}

async function findPort(shell: Shell, args: PortArguments): Promise<NetworkPort> {
  const network = await findNetwork(shell, args.text('network'));
  const uuid = args.text('port');
  // Only the shell's own text tells of a failure, as in virsh.
  return network.lookupPortByUuid(uuid).catch(() => fail(`failed to get network port '${uuid}'`));
}

export const netPortList = command({
  description: 'Lists the ports of the network.',
  options: { network: anyNetwork, uuid: flag('print UUIDs only'), table: flag('print a table (as without an option)') },
  async run(shell, args) {
    const uuidOnly = args.flag('uuid');
    if (uuidOnly && args.flag('table')) fail('Only one argument from --table and --uuid may be specified.');
    const network: Network = await findNetwork(shell, args.text('network'));
    const ports = await attempt(network.listAllPorts(), null);
    ports.sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
    if (uuidOnly) for (const { uuid } of ports) shell.print(`${uuid}\n`);
    else
      await shell.table(
        ['UUID'],
        ports.map(({ uuid }) => [uuid]),
      );
  },
});

export const netPortCreate = command({
  description: 'Makes a port of the network from XML.',
  options: {
    network: anyNetwork,
    file: word('file with the XML of the port'),
    validate: flag('check the XML against the schema'),
  },
  async run(shell, args) {
    const file = args.text('file');
    const network = await findNetwork(shell, args.text('network'));
    const xml = await readXmlFile(file);
    const port = await attempt(
      network.createPortXml(xml, args.flag('validate') ? VALIDATE : 0),
      `Failed to create network from ${file}`,
    );
    shell.extra(`Network port ${port.uuid} created from ${file}\n`);
  },
});

export const netPortDumpxml = command({
  description: 'Prints the port of the network as XML.',
  options: { network: anyNetwork, port: portOption, ...xmlOptions },
  async run(shell, args) {
    const port = await findPort(shell, args);
    const xml = await attempt(port.getXmlDesc(), null);
    await printXml(shell, xml, { xpath: args.text('xpath'), wrap: args.flag('wrap') });
  },
});

export const netPortDelete = command({
  description: 'Removes the port of the network.',
  options: { network: anyNetwork, port: portOption },
  async run(shell, args) {
    const port = await findPort(shell, args);
    await attempt(port.delete(), `Failed to delete network port ${port.uuid}`);
    shell.extra(`Network port ${port.uuid} deleted\n`);
  },
});
