// crl: writes the revocation list anew.
import { readAuthority } from '../authority.ts';
import type { Command } from '../command.ts';
import { dayText } from '../context.ts';
import { defaultDays } from '../issuing.ts';
import { passphraseOptions } from '../options.ts';
import { revocationListFile, revocationsOf } from '../revocation.ts';

export const crl: Command = {
  usage: '',
  words: [0, 0],
  description: `Writes the revocation list again, with all that has been revoked and new dates. A list that is out
of date makes daemons refuse everybody, so do this (and install it) before it is due.`,
  options: {
    days: { value: 'N', help: `when the next one is due; in ${defaultDays.revocationList} days when not given` },
    ...passphraseOptions,
  },
  examples: ['virtwire-pki crl', 'virtwire-pki install --crl --force'],
  async run(context, args) {
    const authority = readAuthority(context);
    const days = args.count('days') ?? defaultDays.revocationList;
    const revocations = revocationsOf(authority);
    const list = await revocationListFile(context, authority, revocations, {
      days,
      passphraseFile: args.text('passphrase-file'),
    });
    await context.apply({ directories: [], files: [list] }, { replaces: true });
    const due = dayText(new Date(context.now.getTime() + days * 86_400_000));
    context.print(`${revocations.length} revoked; the next list is due on ${due}`);
    context.next(`virtwire-pki install --crl --force${context.folderOption}`);
  },
};
