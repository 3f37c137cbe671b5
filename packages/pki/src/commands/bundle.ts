// bundle: a folder with all that a client needs.
import { join, resolve } from 'node:path';
import { findIssued, issuedPaths, readAuthority } from '../authority.ts';
import { readText } from '../text-file.ts';
import type { Command } from '../command.ts';
import { shellWord } from '../context.ts';
import { failure } from '../failure.ts';
import { flatPlaces } from '../places.ts';

export const bundle: Command = {
  usage: 'NAME [FOLDER]',
  words: [1, 2],
  description: `Makes a folder with all that a client needs: the authority's certificate, NAME's certificate and key,
the revocation list if there is one. Connection URIs take it as pkipath=FOLDER, and 'install --from
FOLDER' on another machine puts it in place. FOLDER is NAME.pki here when not given.`,
  options: { server: { help: 'NAME is that of a server certificate' } },
  examples: ['virtwire-pki bundle alice', 'virtwire-pki bundle host1.example.com /media/usb/host1 --server'],
  async run(context, args) {
    const [name = '', given] = args.words;
    const authority = readAuthority(context);
    const kind = args.flag('server') ? 'server' : 'client';
    const issued = findIssued(authority, name, [kind]);
    if (issued.revocation !== null) throw failure(`the certificate of '${issued.name}' is revoked`);
    const key = readText(issuedPaths(context.folder, kind, issued.name).key);
    if (key === null) throw failure(`the key of '${issued.name}' is not here, but with whoever made the request`);
    const folder = resolve(given ?? join('.', `${issued.name.replaceAll('/', '_')}.pki`));
    const places = flatPlaces(folder);
    const list = authority.revocationList;
    const [certificatePath, keyPath] =
      kind === 'server' ? [places.serverCertificate, places.serverKey] : [places.clientCertificate, places.clientKey];
    await context.apply({
      directories: [{ path: folder, mode: 0o700 }],
      files: [
        { path: keyPath, content: key, mode: 0o600 },
        { path: certificatePath, content: issued.pem, mode: 0o644 },
        { path: places.caCertificate, content: authority.pem, mode: 0o644 },
        ...(list === null ? [] : [{ path: places.revocationList, content: list, mode: 0o644 }]),
      ],
    });
    context.next(
      kind === 'server'
        ? `copy the folder to the host, then: virtwire-pki install --from ${shellWord(folder)}`
        : `virtwire -c 'qemu+tls://HOST/system?pkipath=${encodeURI(folder)}' list`,
    );
  },
};
