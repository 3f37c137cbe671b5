// ca import: takes over an authority that another tool made.
import { certificatesOf } from '@virtwire/rpc/tls';
import { authorityFiles, privateFolders, readPassphrase, samePublicKey } from '../authority.ts';
import { requiredText } from '../text-file.ts';
import { makeRevocationList } from '../certificate-maker.ts';
import type { Command } from '../command.ts';
import { failure } from '../failure.ts';
import { isEncryptedKey, readPrivateKey, weakness } from '../private-key.ts';

export const caImport: Command = {
  usage: 'CERTIFICATE KEY',
  words: [2, 2],
  description: `Takes over an authority made by certtool, openssl or anything else: copies its certificate and
key into the authority's folder. An encrypted key stays encrypted. What it has issued before is
not listed, but stays trusted.`,
  options: { 'passphrase-file': { value: 'FILE', help: 'first line: passphrase of the key' } },
  examples: ['virtwire-pki ca import cacert.pem cakey.pem'],
  async run(context, args) {
    const [certificatePath = '', keyPath = ''] = args.words;
    const pem = requiredText(certificatePath);
    const [certificate, ...more] = certificatesOf(pem);
    if (certificate === undefined) throw failure(`${certificatePath} holds no certificate in PEM form`);
    if (more.length > 0) throw failure(`${certificatePath} holds more than one certificate: which is the authority?`);
    if (certificate.isCa !== true)
      throw failure(`${certificatePath} is not the certificate of an authority (no CA bit)`);
    if (certificate.keyUsage !== null && !certificate.keyUsage.bits.has('keyCertSign')) {
      throw failure(`${certificatePath} may not sign certificates (key usage)`);
    }
    const keyPem = requiredText(keyPath);
    const passphraseFile = args.text('passphrase-file');
    const passphrase = !isEncryptedKey(keyPem)
      ? undefined
      : passphraseFile === null
        ? await context.askSecret(`Passphrase of ${keyPath}: `)
        : readPassphrase(passphraseFile);
    const key = readPrivateKey(keyPem, keyPath, passphrase);
    if (!samePublicKey(key, certificate)) throw failure(`${keyPath} is not the key of ${certificatePath}`);
    const weak = weakness(key);
    if (weak !== null) context.remark(`warning: ${weak}`);
    // Signs once, for nothing: an authority whose kind of key cannot be used should fail now.
    const day = { thisUpdate: context.now, nextUpdate: context.now, number: 1 };
    await makeRevocationList([], day, { certificate, key });
    const files = authorityFiles(context.folder);
    await context.apply({
      directories: privateFolders(context.folder),
      files: [
        { path: files.key, content: keyPem, mode: 0o600 },
        { path: files.certificate, content: certificate.x509.toString(), mode: 0o644 },
      ],
    });
    context.print('');
    context.print(`the authority '${certificate.subject}'`);
    context.next(`virtwire-pki server issue${context.folderOption}`);
  },
};
