// The programs of others that interop tests run against: which are there, and how to get the rest.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { attempt, say } from './step.mjs';

/** Peers by the name that a user knows, each with a test for its presence. */
const PEERS = {
  virsh: () => onPath('virsh'),
  libvirtd: () => onPath('libvirtd'),
  'python3-libvirt': () => succeeds('/usr/bin/python3', ['-c', 'import libvirt']),
  'virt-install': () => onPath('virt-install'),
  'go-libvirt': () => onPath('go') && existsSync('/usr/share/gocode/src/github.com/digitalocean/go-libvirt'),
  'qemu-img': () => onPath('qemu-img'),
  tshark: () => onPath('tshark'),
  certtool: () => onPath('certtool'),
  'dbus-daemon': () => onPath('dbus-daemon'),
  polkitd: () => existsSync('/usr/lib/polkit-1/polkitd'),
  saslpasswd2: () => onPath('saslpasswd2'),
  krb5kdc: () => onPath('krb5kdc'),
  iptables: () => onPath('iptables'),
  sshd: () => onPath('sshd'),
  'netcat-openbsd': () => onPath('nc.openbsd'),
};

/** Names of the peers that are not installed. */
export function missingPeers() {
  return Object.keys(PEERS).filter((name) => !PEERS[name]());
}

/** Installs missing peers where that is possible without asking, and says what stays missing. */
export function ensurePeers() {
  const missing = missingPeers();
  if (missing.length === 0) {
    say('peers: libvirt and what else interop tests need is installed');
    return;
  }
  const mayInstall = process.getuid?.() === 0 && onPath('apt-get');
  if (mayInstall && attempt(`peers: install ${missing.join(', ')} (scripts/setup-peers)`, 'scripts/setup-peers', []))
    return;
  say(
    `peers: ${missingPeers().join(', ')} not installed, so the interop tests that need them are skipped` +
      (mayInstall ? '' : '; on Debian or Ubuntu, `sudo scripts/setup-peers` installs them'),
  );
}

// /usr/sbin is not on every user's PATH, but holds libvirtd.
function onPath(name) {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((folder) => existsSync(join(folder, name)));
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
