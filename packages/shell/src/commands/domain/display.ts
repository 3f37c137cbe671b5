// domdisplay, vncdisplay, ttyconsole: where the screen and the console of a domain are.
import { command } from '../../command.ts';
import { anyDomain, runningDomain } from '../../domain-option.ts';
import { attempt, CommandFailure, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { flag, text } from '../../option.ts';

// VIR_DOMAIN_XML_SECURE
const SECURE = 1;
// Ports of VNC are counted from here.
const VNC_BASE = 5900;

export const vncdisplay = command({
  description: 'Prints the display number of the screen of the domain.',
  options: { domain: runningDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    if (!(await attempt(domain.isActive(), null))) fail('Domain is not running');
    const xml = await attempt(domain.getXmlDesc(), null);
    const { parseXml } = await import('@virtwire/conf');
    const graphics = ((await parseXml(xml)).child('devices')?.children('graphics') ?? []).find(
      (each) => each.attribute('type') === 'vnc',
    );
    const port = Number(graphics?.attribute('port') ?? -1);
    if (graphics === undefined || !(port >= 0)) fail('Failed to get VNC port. Is this domain using VNC?');
    const listen = graphics.attribute('listen');
    const address = listen === null || listen === '0.0.0.0' || listen === '127.0.0.1' ? '' : listen;
    shell.print(`${address === '' && listen === '127.0.0.1' ? listen : address}:${port - VNC_BASE}\n`);
  },
});

export const ttyconsole = command({
  description: 'Prints the terminal device of the console of the domain.',
  options: { domain: runningDomain },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const xml = await attempt(domain.getXmlDesc(), null);
    const { parseXml } = await import('@virtwire/conf');
    const tty = (await parseXml(xml)).path('devices/console/@tty');
    // virsh says nothing of it.
    if (tty === null) throw new CommandFailure(null);
    shell.print(`${tty}\n`);
  },
});

export const domdisplay = command({
  description: 'Prints the URI of the screen of the domain.',
  options: {
    domain: anyDomain,
    'include-password': flag('with its password'),
    type: text('only of this kind, e.g. vnc, spice'),
    all: flag('of all screens'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    if (!(await attempt(domain.isActive(), null))) fail('Domain is not running');
    const wanted = args.text('type');
    const withPassword = args.flag('include-password');
    const xml = await attempt(domain.getXmlDesc(withPassword ? SECURE : 0), null);
    const { parseXml } = await import('@virtwire/conf');
    const all = (await parseXml(xml)).child('devices')?.children('graphics') ?? [];
    const uris: string[] = [];
    for (const graphics of all) {
      const type = graphics.attribute('type') ?? '';
      if (wanted !== undefined && wanted !== type) continue;
      const port = Number(graphics.attribute('port') ?? 0);
      const tlsPort = Number(graphics.attribute('tlsPort') ?? 0);
      const socket = graphics.attribute('socket') ?? graphics.path('listen/@socket');
      if (port <= 0 && tlsPort <= 0 && socket === null) continue;
      const password = withPassword ? graphics.attribute('passwd') : null;
      if (socket !== null) {
        uris.push(`${type}+unix://${type === 'vnc' && password !== null ? `:${password}@` : ''}${socket}`);
      } else {
        const listen = graphics.attribute('listen') ?? graphics.path('listen/@address') ?? '';
        const host = listen === '' || listen === '0.0.0.0' || listen === '::' ? 'localhost' : listen;
        const shownHost = host.includes(':') ? `[${host}]` : host;
        let uri = `${type}://${type === 'vnc' && password !== null ? `:${password}@` : ''}${shownHost}`;
        if (port > 0) uri += `:${type === 'vnc' ? port - VNC_BASE : port}`;
        if (tlsPort > 0) uri += `${port > 0 ? '?tls-port=' : '?tls-port='}${tlsPort}`;
        if (type === 'spice' && password !== null) uri += `${tlsPort > 0 ? '&' : '?'}password=${password}`;
        uris.push(uri);
      }
      if (!args.flag('all')) break;
    }
    if (uris.length === 0) {
      fail(wanted === undefined ? 'No graphical display found' : `No graphical display with type '${wanted}' found`);
    }
    shell.print(uris.map((uri) => `${uri}\n`).join(''));
  },
});
