// domif-setlink: plugs or unplugs the link of a network interface of a domain.
import { command } from '../../command.ts';
import { oneOf } from '../../completers.ts';
import { anyDomain } from '../../domain-option.ts';
import { attempt, CommandFailure, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, word } from '../../option.ts';
import { asWritten, devicesOf } from './detach.ts';

// VIR_DOMAIN_AFFECT_LIVE, VIR_DOMAIN_AFFECT_CONFIG, VIR_DOMAIN_XML_INACTIVE
const LIVE = 1;
const CONFIG = 2;
const INACTIVE = 2;

export const domifSetlink = command({
  description: 'Plugs the link of a network interface of the domain, or unplugs it.',
  options: {
    domain: anyDomain,
    interface: word('target or MAC address of the interface'),
    state: word('up or down', { complete: oneOf('up', 'down') }),
    config: flag('at the next start'),
    'print-xml': flag('print the XML instead of using it'),
  },
  optionAliases: { persistent: 'config' },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const asked = args.text('interface');
    const state = args.text('state');
    const config = args.flag('config');
    if (state !== 'up' && state !== 'down') fail(`invalid link state '${state}'`);
    const active = await attempt(domain.isActive(), null);
    const flags = config || !active ? CONFIG : LIVE;
    const xml = await attempt(domain.getXmlDesc(flags === CONFIG ? INACTIVE : 0), null);
    const all = await devicesOf(xml, 'interface');
    const isMac = /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/i.test(asked);
    const found = all.filter((each) =>
      isMac ? each.path('mac/@address')?.toLowerCase() === asked.toLowerCase() : each.path('target/@dev') === asked,
    );
    if (found.length > 1) fail(`multiple matching interfaces found`);
    const [device] = found;
    if (device === undefined) fail(`interface '${asked}' not found`);
    const written = await asWritten(xml, 'interface', all.indexOf(device));
    const link = `<link state="${state}"/>`;
    const changed = /<link\b[^>]*\/>/.test(written)
      ? written.replace(/<link\b[^>]*\/>/, link)
      : written.replace(/<\/interface>$/, `${link}</interface>`);
    if (args.flag('print-xml')) {
      shell.print(changed);
      return;
    }
    await domain.updateDeviceFlags(changed, flags).catch((thrown) => {
      throw new CommandFailure('Failed to update interface link state', thrown);
    });
    shell.extra('Device updated successfully\n');
  },
});
