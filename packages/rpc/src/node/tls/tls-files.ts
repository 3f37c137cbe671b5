// Where the certificates of either side are, as libvirt looks for them.
import { accessSync } from 'node:fs';
import { join } from 'node:path';

/** Files that one end of a TLS connection uses. Null: none. */
export interface TlsFiles {
  /** Certificates of trusted authorities. */
  readonly ca: string | null;
  /** Lists of revoked certificates; a file that is not there is passed over. */
  readonly crl: string | null;
  readonly cert: string | null;
  readonly key: string | null;
}

/** Which end a certificate is for. */
export type TlsSide = 'client' | 'server';

/** Who looks. */
export interface TlsFilesOptions {
  /** Folder with all of them, as `pkipath=` names it; null to look at the usual places. */
  readonly pkipath: string | null;
  /** Folder of the user, null for root, who has none of his own. */
  readonly home: string | null;
}

/** The folder where users keep theirs, under their own. */
export const USER_PKI = '.pki/libvirt';

/** The places for everybody. */
export function systemTlsFiles(side: TlsSide): TlsFiles {
  return {
    ca: '/etc/pki/CA/cacert.pem',
    crl: '/etc/pki/CA/cacrl.pem',
    cert: `/etc/pki/libvirt/${side}cert.pem`,
    key: `/etc/pki/libvirt/private/${side}key.pem`,
  };
}

/**
 * Finds the files. Those of a user are taken one by one where they are there, certificate and key only together; the
 * rest are those of the system, whether they are there or not.
 *
 * @see virNetTLSContextLocateCredentials
 */
export function locateTlsFiles(side: TlsSide, { pkipath, home }: TlsFilesOptions): TlsFiles {
  if (pkipath !== null) return folderFiles(side, pkipath);
  const system = systemTlsFiles(side);
  if (home === null) return system;
  const own = folderFiles(side, join(home, USER_PKI));
  const pair = isThere(own.cert) && isThere(own.key) ? own : system;
  return {
    ca: isThere(own.ca) ? own.ca : system.ca,
    crl: isThere(own.crl) ? own.crl : system.crl,
    cert: pair.cert,
    key: pair.key,
  };
}

function folderFiles(side: TlsSide, folder: string): TlsFiles {
  return {
    ca: `${folder}/cacert.pem`,
    crl: `${folder}/cacrl.pem`,
    cert: `${folder}/${side}cert.pem`,
    key: `${folder}/${side}key.pem`,
  };
}

/** Tells whether there is a file of this name, readable or not. */
export function isThere(path: string | null): boolean {
  if (path === null) return false;
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
