// revoke: takes a certificate back.
import { findIssued, readAuthority, revocationFile } from '../authority.ts';
import { type RevocationReason, revocationReasons } from '../certificate-maker.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../failure.ts';
import { defaultDays } from '../issuing.ts';
import { passphraseOptions } from '../options.ts';
import { revocationListFile, revocationsOf } from '../revocation.ts';

export const revoke: Command = {
  usage: 'NAME|SERIAL|FILE...',
  words: [1, Number.POSITIVE_INFINITY],
  description: `Takes certificates back, and writes the revocation list that tells everybody. A daemon that reads the
list (crl_file, /etc/pki/CA/cacrl.pem) then refuses whoever has such a certificate. For good: what is
revoked stays revoked.`,
  options: {
    reason: { value: 'REASON', help: Object.keys(revocationReasons).join(', ') },
    'crl-days': { value: 'N', help: `when the next list is due; in ${defaultDays.revocationList} days when not given` },
    ...passphraseOptions,
  },
  examples: ['virtwire-pki revoke alice', 'virtwire-pki revoke 5f00ab12 --reason keyCompromise'],
  async run(context, args) {
    const authority = readAuthority(context);
    const reason = args.text('reason') ?? 'unspecified';
    if (!Object.hasOwn(revocationReasons, reason)) {
      throw new UsageError(`there is no reason '${reason}': ${Object.keys(revocationReasons).join(', ')}`);
    }
    const chosen = args.words.map((word) => findIssued(authority, word));
    const fresh = [...new Set(chosen)].filter(({ serial, name, revocation }) => {
      if (revocation !== null) context.remark(`${name} (${serial}) was revoked before`);
      return revocation === null;
    });
    const added = fresh.map(({ serial }) => ({ serial, date: context.now, reason: reason as RevocationReason }));
    const days = args.count('crl-days') ?? defaultDays.revocationList;
    const list = await revocationListFile(context, authority, [...revocationsOf(authority), ...added], {
      days,
      passphraseFile: args.text('passphrase-file'),
    });
    const files = [...added.map((each) => revocationFile(context.folder, each)), list];
    await context.apply({ directories: [], files }, { replaces: true });
    for (const { name, facts } of fresh) context.print(`revoked: ${name} (${facts.subject})`);
    context.next(
      `virtwire-pki install --crl --force${context.folderOption}   (here; --remote user@host for other machines)`,
    );
  },
};
