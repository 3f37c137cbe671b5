// renew: issues certificates again with new dates.
import { Purpose } from '@virtwire/rpc/tls';
import { type Authority, findIssued, type Issued, issuedPaths, readAuthority } from '../authority.ts';
import { readText } from '../text-file.ts';
import type { Command } from '../command.ts';
import { type Context, shellWord } from '../context.ts';
import { failure, UsageError } from '../failure.ts';
import { defaultDays, issue } from '../issuing.ts';
import { keyKind, keyOptions, passphraseOptions } from '../options.ts';
import { makePrivateKey, readPrivateKey } from '../private-key.ts';

export const renew: Command = {
  usage: '[NAME|SERIAL|FILE...]',
  words: [0, Number.POSITIVE_INFINITY],
  description: `Issues certificates again: same names, same key, new dates. The old certificate stays good until it
ends (or is revoked), and stays as a backup. Daemons take up new ones without dropping anybody.`,
  options: {
    expiring: { value: 'DAYS', help: 'renew all that end within so many days' },
    days: {
      value: 'N',
      help: `how long they last; servers ${defaultDays.server}, clients ${defaultDays.client} days when not given`,
    },
    'new-key': { help: 'make a new key, too' },
    ...keyOptions,
    ...passphraseOptions,
  },
  examples: ['virtwire-pki renew host1.example.com', 'virtwire-pki renew --expiring 30'],
  async run(context, args) {
    const within = args.count('expiring');
    if ((args.words.length === 0) === (within === null))
      throw new UsageError('say which, or --expiring DAYS for all that end soon');
    const authority = readAuthority(context);
    const chosen =
      within === null
        ? args.words.map((word) => findIssued(authority, word))
        : authority.issued.filter(
            (each) => each.current && each.revocation === null && endsWithin(each, within, context.now),
          );
    if (chosen.length === 0) context.print(`nothing ends within ${within} days`);
    for (const each of chosen) {
      await renewOne(context, authority, each, {
        days: args.count('days'),
        passphraseFile: args.text('passphrase-file'),
        makeKey: args.flag('new-key') ? () => makePrivateKey(keyKind(args)) : null,
      });
      const option = each.kind;
      context.next(`virtwire-pki install --${option} ${shellWord(each.name)} --force${context.folderOption}`);
    }
  },
};

interface RenewOptions {
  readonly days: number | null;
  readonly passphraseFile: string | null;
  readonly makeKey: (() => ReturnType<typeof makePrivateKey>) | null;
}

async function renewOne(context: Context, authority: Authority, old: Issued, options: RenewOptions): Promise<void> {
  if (!old.current) throw failure(`${old.serial} has been renewed already: '${old.name}' means the latest`);
  if (old.revocation !== null) throw failure(`'${old.name}' is revoked: issue a new certificate instead`);
  const paths = issuedPaths(context.folder, old.kind, old.name);
  const keyPem = readText(paths.key);
  // Whoever made the request keeps the key; the certificate says which one it is.
  const ownKey = keyPem === null ? old.facts.x509.publicKey : readPrivateKey(keyPem, paths.key);
  if (keyPem === null && options.makeKey !== null)
    throw failure(`the key of '${old.name}' is not here: sign a new request instead`);
  const { alternativeNames, purposes } = old.facts;
  await issue(context, authority, {
    kind: old.kind,
    name: old.name,
    subject: new Uint8Array(Buffer.from(old.facts.subjectDer, 'hex')),
    names: { dns: alternativeNames?.dns ?? [], addresses: alternativeNames?.addresses ?? [] },
    purposes: purposes?.oids.includes(Purpose.TlsServer) ? ['server'] : ['client'],
    dates: { days: options.days ?? defaultDays[old.kind === 'client' ? 'client' : 'server'] },
    key: options.makeKey?.() ?? ownKey,
    passphraseFile: options.passphraseFile,
    replaces: true,
  });
}

function endsWithin({ facts }: Issued, days: number, now: Date): boolean {
  return facts.notAfter.getTime() - now.getTime() <= days * 86_400_000;
}
