// net-update: changes one part of a network.
import { affectFlags, affectOptions } from '../../affect.ts';
import { command } from '../../command.ts';
import { number, word } from '../../option.ts';
import { oneOf } from '../../completers.ts';
import { attempt, fail } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { findNetwork } from '../../lookup.ts';
import { anyNetwork } from '../../network-option.ts';

// virNetworkUpdateCommand and virNetworkUpdateSection
const COMMANDS = ['none', 'modify', 'delete', 'add-last', 'add-first'];
const SECTIONS = [
  'none',
  'bridge',
  'domain',
  'ip',
  'ip-dhcp-host',
  'ip-dhcp-range',
  'forward',
  'forward-interface',
  'forward-pf',
  'portgroup',
  'dns-host',
  'dns-txt',
  'dns-srv',
];
const ADD_LAST = 3;

export const netUpdate = command({
  description: 'Changes one part of the network, e.g. adds a host to its DHCP server.',
  options: {
    network: anyNetwork,
    command: word('what to do: add-first, add-last (or add), delete, modify', {
      complete: oneOf('add', ...COMMANDS.slice(1)),
    }),
    section: word('which part to change', { complete: oneOf(...SECTIONS.slice(1)) }),
    xml: word('XML of the element, or the name of a file with it'),
    'parent-index': number('which of several parent elements, from 0'),
    ...affectOptions,
  },
  async run(shell, args) {
    const affects = { config: args.flag('config'), live: args.flag('live'), current: args.flag('current') };
    const flags = affectFlags(affects);
    const network = await findNetwork(shell, args.text('network'));
    const commandName = args.text('command');
    const what = commandName === 'add' ? ADD_LAST : COMMANDS.indexOf(commandName);
    if (what <= 0) fail(`unrecognized command name '${commandName}'`);
    const sectionName = args.text('section');
    const section = SECTIONS.indexOf(sectionName);
    if (section <= 0) fail(`unrecognized section name '${sectionName}'`);
    const parent = args.int('parent-index') ?? -1;
    const given = args.text('xml');
    // Whatever does not begin as XML is the name of a file.
    const xml = given.startsWith('<') ? given : await readXmlFile(given);
    await attempt(network.update(what, section, parent, xml, flags), `Failed to update network ${network.name}`);
    const { config, live } = affects;
    const done =
      config && live ? 'persistent config and live state' : config ? 'persistent config' : live ? 'live state' : null;
    shell.extra(
      done === null
        ? `Updated network ${network.name} ${(await network.isActive()) ? 'live state' : 'persistent config'}`
        : `Updated network ${network.name} ${done}`,
    );
  },
});
