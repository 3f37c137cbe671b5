// list: what an authority has issued.
import { hostNamesOf } from '@virtwire/rpc/tls';
import { type Issued, readAuthority } from '../authority.ts';
import type { Command } from '../command.ts';
import { type Context, dayText } from '../context.ts';
import { tableLines } from '../text-table.ts';

export const list: Command = {
  usage: '',
  words: [0, 0],
  description: `Lists what was issued, with the days that are left. Certificates that were renewed or revoked
are left out without --all.`,
  options: { all: { help: 'those that were renewed or revoked, too' }, json: { help: 'as JSON, with every detail' } },
  examples: ['virtwire-pki list', 'virtwire-pki list --all --json'],
  readsOnly: true,
  async run(context, args) {
    const authority = readAuthority(context);
    const shown = authority.issued.filter((each) => args.flag('all') || (each.current && each.revocation === null));
    if (args.flag('json')) {
      context.print(
        JSON.stringify(
          shown.map((each) => asJson(each, context)),
          null,
          2,
        ),
      );
      return;
    }
    const { certificate } = authority;
    const rows = [
      [
        'ca',
        certificate.commonNames[0] ?? certificate.subject,
        dayText(certificate.notAfter),
        daysLeft(certificate.notAfter, context),
        '',
        certificate.serial,
      ],
      ...shown.map(({ kind, name, facts, serial, ...state }) => [
        kind,
        name,
        dayText(facts.notAfter),
        daysLeft(facts.notAfter, context),
        stateText({ facts, ...state }, context),
        serial,
      ]),
    ];
    for (const line of tableLines(['KIND', 'NAME', 'GOOD UNTIL', 'DAYS', 'STATE', 'SERIAL'], rows)) context.print(line);
  },
};

function daysLeft(until: Date, { now }: Context): string {
  return String(Math.floor((until.getTime() - now.getTime()) / 86_400_000));
}

function stateText(
  { revocation, current, facts }: Pick<Issued, 'revocation' | 'current' | 'facts'>,
  { now }: Context,
): string {
  if (revocation !== null) return `revoked ${dayText(revocation.date)}`;
  if (facts.notAfter < now) return 'expired';
  return current ? 'good' : 'renewed';
}

function asJson(each: Issued, context: Context): Record<string, unknown> {
  const { kind, name, serial, facts, revocation } = each;
  return {
    kind,
    name,
    serial,
    subject: facts.subject,
    hosts: kind === 'client' ? [] : hostNamesOf(facts),
    notBefore: facts.notBefore.toISOString(),
    notAfter: facts.notAfter.toISOString(),
    daysLeft: Number(daysLeft(facts.notAfter, context)),
    state: stateText(each, context).split(' ')[0],
    revoked: revocation === null ? null : { date: revocation.date.toISOString(), reason: revocation.reason },
  };
}
