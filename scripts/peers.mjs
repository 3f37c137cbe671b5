// The programs of others that interop tests run against: which are there, and how to get the rest.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { attempt, say } from './step.mjs';

/** Peers by the name that a user knows, each with a test for its presence. */
const PEERS = {
  virsh: () => onPath('virsh', 'virt-admin', 'virt-pki-query-dn'),
  libvirtd: () => onPath('libvirtd'),
  'python3-libvirt': () => succeeds('/usr/bin/python3', ['-c', 'import libvirt']),
  'virt-install': () => onPath('virt-install'),
  'go-libvirt': () => onPath('go') && existsSync('/usr/share/gocode/src/github.com/digitalocean/go-libvirt'),
  'qemu-img': () => onPath('qemu-img'),
  // The dissector is a package of its own.
  'tshark with the libvirt dissector': () => onPath('tshark') && says('libvirt', 'tshark', ['-G', 'protocols']),
  certtool: () => onPath('certtool', 'gnutls-cli'),
  openssl: () => onPath('openssl'),
  'dbus-daemon': () => onPath('dbus-daemon', 'dbus-send'),
  polkitd: () => existsSync('/usr/lib/polkit-1/polkitd'),
  saslpasswd2: () => onPath('saslpasswd2'),
  'SASL mechanisms': () => hasSaslPlugin('libscram.so') && hasSaslPlugin('libgssapiv2.so'),
  krb5kdc: () => onPath('krb5kdc', 'kadmin.local', 'kinit'),
  'ip and iptables': () => onPath('ip', 'iptables'),
  sshd: () => onPath('sshd', 'ssh'),
  'netcat-openbsd': () => onPath('nc.openbsd'),
};

/** Names of the peers that are not installed. */
export function missingPeers() {
  return Object.keys(PEERS).filter((name) => !PEERS[name]());
}

/** Installs missing peers where that is possible without asking, and says what stays missing; in CI that is an error. */
export function ensurePeers() {
  const missing = missingPeers();
  if (missing.length === 0) {
    say('peers: libvirt and what else interop tests need is installed');
    return;
  }
  const mayInstall = process.getuid?.() === 0 && onPath('apt-get');
  if (mayInstall && attempt(`peers: install ${missing.join(', ')} (scripts/setup-peers)`, 'scripts/setup-peers', []))
    return;
  const still = missingPeers();
  if (still.length === 0) return;
  const advice = mayInstall
    ? 'scripts/setup-peers could not install them, see above'
    : 'on Debian or Ubuntu, `sudo scripts/setup-peers` installs them';
  // In CI nothing is skipped, and one sentence is better than a failure of every file.
  if (process.env.CI !== undefined) throw new Error(`peers: not installed: ${still.join(', ')}; ${advice}`);
  say(`peers: ${still.join(', ')} not installed, so the interop tests that need them are skipped; ${advice}`);
}

// /usr/sbin is not on every user's PATH, but holds libvirtd.
function onPath(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return names.every((name) => folders.some((folder) => existsSync(join(folder, name))));
}

function says(word, command, args) {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return new RegExp(`\\b${word}\\b`).test(stdout ?? '');
}

// Below /usr/lib, or below the folder there that is named for the machine.
function hasSaslPlugin(name) {
  const folders = readdirSync('/usr/lib', { withFileTypes: true }).filter((each) => each.isDirectory());
  return ['.', ...folders.map((each) => each.name)].some((each) => existsSync(join('/usr/lib', each, 'sasl2', name)));
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
