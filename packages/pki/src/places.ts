// Where libvirt looks for certificates and keys, and where the authority keeps its own.
import { dirname, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Files of one place; all paths absolute. */
export interface Places {
  readonly caCertificate: string;
  readonly revocationList: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** The places of the whole machine: what the daemon and root's clients read. @see virNetTLSContextLocateCredentials */
export const globalPlaces: Places = {
  caCertificate: '/etc/pki/CA/cacert.pem',
  revocationList: '/etc/pki/CA/cacrl.pem',
  serverCertificate: '/etc/pki/libvirt/servercert.pem',
  serverKey: '/etc/pki/libvirt/private/serverkey.pem',
  clientCertificate: '/etc/pki/libvirt/clientcert.pem',
  clientKey: '/etc/pki/libvirt/private/clientkey.pem',
};

/** All files in one folder: what `pkipath=` names, and what a user has in `~/.pki/libvirt`. */
export function flatPlaces(folder: string): Places {
  const inside = (name: string) => join(folder, name);
  return {
    caCertificate: inside('cacert.pem'),
    revocationList: inside('cacrl.pem'),
    serverCertificate: inside('servercert.pem'),
    serverKey: inside('serverkey.pem'),
    clientCertificate: inside('clientcert.pem'),
    clientKey: inside('clientkey.pem'),
  };
}

/** The folder of a user's own certificates. */
export function userFolder(home: string): string {
  return join(home, '.pki', 'libvirt');
}

/** Folder of the certificates for consoles of guests (`vnc_tls_x509_cert_dir` of qemu.conf, its default). */
export const VNC_FOLDER = '/etc/pki/libvirt-vnc';

/** The directories in which a user's installations change files. */
export function installFolders(uid: number, home: string): string[] {
  if (uid !== 0) return [userFolder(home)];
  return [...new Set([...Object.values(globalPlaces).map((path) => dirname(path)), VNC_FOLDER])];
}

/** Files that QEMU reads in {@link VNC_FOLDER}. */
export const vncPlaces = {
  caCertificate: `${VNC_FOLDER}/ca-cert.pem`,
  certificate: `${VNC_FOLDER}/server-cert.pem`,
  key: `${VNC_FOLDER}/server-key.pem`,
} as const;

/** Where the authority is kept when nobody says otherwise: root's below /var/lib, a user's below the XDG data folder. */
export function authorityFolder(uid: number, home: string, env: Environment): string {
  if (uid === 0) return '/var/lib/virtwire/pki';
  const data = env['XDG_DATA_HOME'];
  return join(data?.startsWith('/') ? data : join(home, '.local', 'share'), 'virtwire', 'pki');
}
