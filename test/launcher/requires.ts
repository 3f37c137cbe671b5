// What a test needs from the machine: absent, the test is skipped with a reason; in CI it fails instead.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { NAMESPACE_OPTIONS } from './isolated.ts';

/** Debian's Python, the one whose modules come from packages. */
export const PYTHON = '/usr/bin/python3';

/** Needs of a test. */
export interface Requirements {
  /** Real virsh and libvirtd of at least this version, e.g. `9.0`. */
  readonly libvirt?: string;
  /** Python with the libvirt module. */
  readonly python?: true;
  /** tshark with the libvirt dissector. */
  readonly tshark?: true;
  readonly qemuImg?: true;
  /** GnuTLS's certtool. */
  readonly certtool?: true;
  /** Leave to make mount namespaces, which keep a daemon away from the machine's own. */
  readonly isolation?: true;
  /** OpenSSH's server with netcat and virt-ssh-helper beside it, and leave to run it in namespaces as the superuser. */
  readonly sshd?: true;
  /** A bus and polkitd, and leave to run programs as other users. */
  readonly polkit?: true;
  /** Cyrus SASL's mechanisms for passwords, and saslpasswd2. */
  readonly sasl?: true;
  /** MIT Kerberos with its KDC, and Cyrus SASL's mechanism for it. */
  readonly krb5?: true;
  /** virt-install, virt-xml and virt-clone. */
  readonly virtinst?: true;
  /** A compiler for Go, and go-libvirt's source where Debian puts it. */
  readonly go?: true;
  /** A program, by its path in the repository, which has to be built before. */
  readonly built?: string;
}

const checks: {
  readonly [K in keyof Required<Requirements>]: (wanted: NonNullable<Requirements[K]>) => string | null;
} = {
  libvirt: (wanted) => {
    for (const command of ['virsh', 'libvirtd']) {
      const found = /(\d+)\.(\d+)/.exec(outputOf(command, ['--version']));
      if (found === null) return `${command} is not installed`;
      const [major = 0, minor = 0] = wanted.split('.').map(Number);
      const [haveMajor, haveMinor] = [Number(found[1]), Number(found[2])];
      if (haveMajor < major || (haveMajor === major && haveMinor < minor)) {
        return `${command} is ${found[0]}, older than ${wanted}`;
      }
    }
    return null;
  },
  python: () =>
    spawnSync(PYTHON, ['-c', 'import libvirt']).status === 0
      ? null
      : `${PYTHON} has no libvirt module (python3-libvirt)`,
  tshark: () =>
    /\blibvirt\b/.test(outputOf('tshark', ['-G', 'protocols']))
      ? null
      : 'tshark with the libvirt dissector is not installed (libvirt-wireshark)',
  qemuImg: () => (outputOf('qemu-img', ['--version']) === '' ? 'qemu-img is not installed (qemu-utils)' : null),
  certtool: () => (outputOf('certtool', ['--version']) === '' ? 'certtool is not installed (gnutls-bin)' : null),
  isolation: () =>
    spawnSync('unshare', [...NAMESPACE_OPTIONS, 'true']).status === 0
      ? null
      : "this user may not make mount namespaces, in which libvirtd is kept away from the machine's own",
  sshd: () => {
    if (process.getuid?.() !== 0) return 'only the superuser can run sshd in namespaces of its own';
    const missing = ['/usr/sbin/sshd', '/usr/bin/ssh', '/usr/bin/virt-ssh-helper'].filter((file) => !existsSync(file));
    if (missing.length > 0) return `${missing.join(', ')} is not installed (openssh-server, openssh-client)`;
    // Only this one of the netcats knows -U.
    if (!outputOf('sh', ['-c', 'nc -h 2>&1']).includes('-U')) return 'nc is not installed (netcat-openbsd)';
    return spawnSync('unshare', ['--net', 'true']).status === 0 ? null : 'this user may not make network namespaces';
  },
  polkit: () => {
    if (process.getuid?.() !== 0) return 'only the superuser can run programs as other users';
    const missing = ['/usr/bin/dbus-daemon', '/usr/bin/dbus-send', '/usr/lib/polkit-1/polkitd'].filter(
      (path) => !existsSync(path),
    );
    return missing.length === 0 ? null : `${missing.join(', ')} are missing (dbus, dbus-bin, polkitd)`;
  },
  sasl: () =>
    existsSync('/usr/sbin/saslpasswd2') && saslPlugin('libscram.so')
      ? null
      : 'Cyrus SASL with its users is not installed (sasl2-bin, libsasl2-modules)',
  krb5: () =>
    existsSync('/usr/sbin/krb5kdc') && existsSync('/usr/bin/kinit') && saslPlugin('libgssapiv2.so')
      ? null
      : 'MIT Kerberos is not installed (krb5-kdc, krb5-admin-server, krb5-user, libsasl2-modules-gssapi-mit)',
  virtinst: () => (outputOf('virt-install', ['--version']) === '' ? 'virt-install is not installed (virtinst)' : null),
  go: () =>
    existsSync('/usr/share/gocode/src/github.com/digitalocean/go-libvirt') && outputOf('go', ['version']) !== ''
      ? null
      : 'Go with go-libvirt is not installed (golang-go, golang-github-digitalocean-go-libvirt-dev)',
  built: (path) =>
    existsSync(new URL(`../../${path}`, import.meta.url)) ? null : `${path} is not built (npm run build)`,
};

const known = new Map<string, string | null>();

/**
 * Says why a test must be skipped, for the `skip` option of `test`.
 *
 * @returns false when everything is there, otherwise the reason
 * @throws Error in CI when something is missing, so that nothing is skipped there unseen.
 */
export function requires(wanted: Requirements): string | false {
  const missing: string[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    const key = `${name}=${value}`;
    if (!known.has(key))
      known.set(key, (checks[name as keyof Requirements] as (value: unknown) => string | null)(value));
    const reason = known.get(key);
    if (typeof reason === 'string') missing.push(reason);
  }
  if (missing.length === 0) return false;
  if (process.env['CI'] !== undefined) throw new Error(`a test would be skipped: ${missing.join('; ')}`);
  return missing.join('; ');
}

function saslPlugin(name: string): boolean {
  return (
    spawnSync('sh', ['-c', `ls /usr/lib/*/sasl2/${name} /usr/lib/sasl2/${name} 2> /dev/null | grep -q .`]).status === 0
  );
}

function outputOf(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  return result.status === 0 ? result.stdout : '';
}
