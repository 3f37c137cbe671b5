// Checks of a client's folder: a user's own, or one that `pkipath=` names.
import { existsSync } from 'node:fs';
import { shellWord } from '../context.ts';
import { flatPlaces } from '../places.ts';
import { type Finding, fault } from './finding.ts';
import type { CheckOptions, Surroundings } from './surroundings.ts';

/** What is missing in such a folder: libvirt says nothing of it, and shows no certificate. */
export function checkOwnFolder(
  { clientFolder: folder, authority, context }: Surroundings,
  { pkipath }: CheckOptions,
): Finding[] {
  if (folder === null) return [];
  const { caCertificate, clientCertificate, clientKey } = flatPlaces(folder);
  const has = [clientCertificate, clientKey].filter((path) => existsSync(path));
  if (pkipath === null) {
    if (has.length !== 1) return [];
    const [other] = [clientCertificate, clientKey].filter((path) => !existsSync(path));
    const text = `counts for nothing without ${other}: clients use those in /etc/pki then`;
    return [
      fault('own-pair-incomplete', has[0] as string, text, [
        `mv ${shellWord(has[0] as string)} ${shellWord(has[0] as string)}.unused`,
      ]),
    ];
  }
  const missing = [caCertificate, clientCertificate, clientKey].filter((path) => !existsSync(path));
  if (missing.length === 0) return [];
  const names = (authority?.issued ?? []).filter(
    ({ kind, current, revocation }) => kind === 'client' && current && revocation === null,
  );
  const [first] = names;
  const mend =
    first === undefined
      ? [`# where the authority is: virtwire-pki bundle NAME ${shellWord(folder)} --force`]
      : [`virtwire-pki bundle ${shellWord(first.name)} ${shellWord(folder)} --force${context.folderOption}`];
  return [
    fault(
      'pkipath-incomplete',
      `${folder}/`,
      `is not complete, so pkipath= cannot use it; missing: ${missing.join(', ')}`,
      mend,
    ),
  ];
}
