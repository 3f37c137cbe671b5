// ca renew: gives the authority's certificate new dates.
import { authorityFiles, readAuthority, readSigner } from '../authority.ts';
import { makeAuthorityCertificate } from '../certificate-maker.ts';
import type { Command } from '../command.ts';
import { dayText } from '../context.ts';
import { defaultDays, validityOf } from '../issuing.ts';
import { passphraseOptions } from '../options.ts';

export const caRenew: Command = {
  usage: '',
  words: [0, 0],
  description: `Makes the authority's certificate again, with the same name and key and new dates. All that it
has issued stays good; the new certificate has to be installed wherever the old one is. The old
one stays as a backup.`,
  options: {
    days: { value: 'N', help: `how long it lasts; ${defaultDays.authority} days when not given` },
    ...passphraseOptions,
  },
  examples: ['virtwire-pki ca renew', 'virtwire-pki install --ca-only --force'],
  async run(context, args) {
    const authority = readAuthority(context);
    const { certificate, key } = await readSigner(context, authority, args.text('passphrase-file'));
    const validity = validityOf({ days: args.count('days') ?? defaultDays.authority }, context.now, null);
    // The issuer's name in what was issued has to match byte for byte.
    const subject = new Uint8Array(Buffer.from(certificate.subjectDer, 'hex'));
    const pem = await makeAuthorityCertificate({ subject, key, ...validity });
    const path = authorityFiles(context.folder).certificate;
    await context.apply({ directories: [], files: [{ path, content: pem, mode: 0o644 }] }, { replaces: true });
    context.print('');
    context.print(`the authority '${certificate.subject}', good until ${dayText(validity.notAfter)}`);
    context.next(
      `virtwire-pki install --ca-only --force${context.folderOption}`,
      '(and the same with --remote user@host for other machines)',
    );
  },
};
