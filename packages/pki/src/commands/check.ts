// check: finds what is wrong on this machine.
import { type CheckResult, checkMachine } from '../check/index.ts';
import type { Command } from '../command.ts';
import { type Context, dayText } from '../context.ts';
import { UsageError } from '../failure.ts';

export const check: Command = {
  usage: '',
  words: [0, 0],
  description: `Looks at everything that tls needs on this machine: places, owners and modes of all files, chain, dates,
purposes, names, keys, the revocation list, and what the daemon's configuration points to and lets in.
Says for each fault what puts it right, as lines to paste. Changes nothing. Exit code 1: there are faults.
As root it checks what everybody uses; others check what they use themselves.`,
  options: {
    server: { help: 'this machine must be a server; without it, it is checked as one if it looks like one' },
    client: { help: 'likewise for a client' },
    host: { value: 'HOST', help: "a name or address that clients use; this machine's own when not given", many: true },
    conf: { value: 'FILE', help: 'configuration of the daemon; /etc/libvirt/libvirtd.conf when not given' },
    pkipath: { value: 'FOLDER', help: 'check this folder instead, as clients with pkipath= use it' },
    days: { value: 'N', help: 'warn of certificates that end within N days; 30 when not given' },
    json: { help: 'as JSON' },
  },
  examples: [
    'virtwire-pki check',
    'virtwire-pki check --server --host host1.example.com',
    'virtwire-pki check --pkipath alice.pki',
  ],
  readsOnly: true,
  async run(context, args) {
    const roles = (['server', 'client'] as const).filter((role) => args.flag(role));
    const pkipath = args.text('pkipath');
    if (pkipath !== null && args.flag('server')) throw new UsageError('pkipath is for clients');
    const result = await checkMachine(context, {
      roles: pkipath !== null ? ['client'] : roles.length > 0 ? roles : null,
      hosts: args.texts('host'),
      warnDays: args.count('days') ?? 30,
      conf: args.text('conf'),
      pkipath,
    });
    if (args.flag('json')) context.print(JSON.stringify(result.findings, null, 2));
    else report(context, result);
    return result.findings.some(({ level }) => level === 'fault') ? 1 : 0;
  },
};

function report(context: Context, { surroundings, findings }: CheckResult): void {
  const { ca, pairs, revocationList } = surroundings;
  if (ca.facts !== null)
    context.print(`authority:  ${ca.facts.subject} (${ca.path}), until ${dayText(ca.facts.notAfter)}`);
  for (const role of ['server', 'client'] as const) {
    const pair = pairs.find((each) => each.role === role);
    const facts = pair?.certificate.facts ?? null;
    const label = `${role}:`.padEnd(11);
    if (facts !== null)
      context.print(`${label} ${facts.subject} (${pair?.certificate.path}), until ${dayText(facts.notAfter)}`);
    else if (pair === undefined && (role === 'client' || context.uid === 0))
      context.print(`${label} none: this machine is no ${role}`);
  }
  if (revocationList.lists !== null) context.print(`revoked:    ${revocationList.path}`);
  for (const { level, subject, text, mend } of findings) {
    context.print('');
    context.print(`${level}: ${subject}`);
    context.print(`  ${text}`);
    context.print('  mend:');
    for (const line of mend) context.print(`    ${line}`);
  }
  const faults = findings.filter(({ level }) => level === 'fault').length;
  context.print('');
  context.print(findings.length === 0 ? 'nothing is wrong' : `${faults} faults, ${findings.length - faults} warnings`);
}
