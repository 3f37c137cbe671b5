// dn: prints a distinguished name as the daemon compares it, as virt-pki-query-dn does.
import { readFileSync } from 'node:fs';
import { certificatesOf } from '@virtwire/rpc/tls';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { systemText } from '../failure.ts';

export const dn: Command = {
  usage: 'FILE',
  words: [1, 1],
  description: `Prints the distinguished name of a certificate in the daemon's spelling, for tls_allowed_dn_list in
libvirtd.conf. Output and errors are those of virt-pki-query-dn.`,
  options: {},
  examples: ['virtwire-pki dn /etc/pki/libvirt/clientcert.pem'],
  readsOnly: true,
  async run(context, args) {
    const [path = ''] = args.words;
    let text: string;
    try {
      text = readFileSync(path, 'latin1');
    } catch (thrown) {
      context.remark(`virt-pki-query-dn: ${openError(path, thrown, context.env)}`);
      return 1;
    }
    // Only the first one counts, whatever comes behind it.
    const [block = '', base64 = ''] = firstBlock.exec(text) ?? [];
    let reason = 'Base64 unexpected header error.';
    try {
      const [facts] = certificatesOf(block);
      if (facts !== undefined) {
        context.print(facts.subject);
        return 0;
      }
    } catch {
      if (/^[A-Za-z0-9+/=\s]*$/.test(base64)) reason = 'ASN1 parser: Error in TAG.';
    }
    context.remark(`Unable to load certificate, make sure it is in PEM format: ${reason}`);
    return 1;
  },
};

const firstBlock = /-----BEGIN (?:X509 )?CERTIFICATE-----([^-]*)-----END (?:X509 )?CERTIFICATE-----/;

// In the words of GLib, which quotes names its own way and writes "?" for what the locale does not have.
function openError(path: string, thrown: unknown, { LC_ALL, LC_CTYPE, LANG }: Context['env']): string {
  const utf8 = /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
  const quoted = utf8 ? `“${path}”` : `?${path}?`;
  const { code } = thrown as NodeJS.ErrnoException;
  return code === 'EISDIR'
    ? `Error reading file ${quoted}: Is a directory`
    : `Failed to open file ${quoted}: ${systemText(thrown)}`;
}
