// This machine: its files, groups and names.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { failure } from './failure.ts';
import { changeFiles, finishInterrupted } from './file-transaction.ts';
import { readText } from './text-file.ts';
import type { DirectoryWrite, FileState, Machine, MachineFacts, PlannedFile } from './machine.ts';

/** Gives this machine. @param user who is at work */
export function localMachine(user: { readonly uid: number; readonly home: string }): Machine {
  return {
    label: '',
    facts: async () => ({ ...user, ...ownNames(), guestGroup: guestGroup() }),
    look: async (paths) => new Map(paths.map((path) => [path, lookAt(path)])),
    finish: async (directories) => finishInterrupted(directories),
    read: async (path) => readText(path),
    groupId: async (name) => groupId(name),
    write: async (directories: readonly DirectoryWrite[], files: readonly PlannedFile[]) =>
      changeFiles(directories, files),
  };
}

/** Looks at a path of this machine, following symbolic links. @returns null when nothing is there */
export function lookAt(path: string): FileState | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
  return {
    kind,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    digest: kind === 'file' ? digestOf(path) : null,
  };
}

/** The number of a group of this machine. @throws LibvirtError when there is none of that name */
export function groupId(name: string): number {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  if (line === undefined) throw failure(`there is no group '${name}' on this machine`);
  return Number(line.split(':')[2]);
}

// The account that runs guests, under the names that distributions give it.
function guestGroup(): number | null {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  const line = ['libvirt-qemu', 'qemu'].flatMap((name) => lines.filter((each) => each.startsWith(`${name}:`)))[0];
  return line === undefined ? null : Number(line.split(':')[3]);
}

function ownNames(): Pick<MachineFacts, 'hostname' | 'names' | 'addresses'> {
  const own = hostname();
  const names = [own];
  const full = fullName(own);
  if (full !== null) names.push(full);
  const short = own.split('.')[0] as string;
  names.push(short);
  const addresses = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    // Addresses of one link only carry the link's name, which no certificate can.
    .filter(({ internal, address }) => !internal && !address.toLowerCase().startsWith('fe80:'))
    .map(({ address }) => address);
  return { hostname: own, names: [...new Set(names)], addresses: [...new Set(addresses)] };
}

// The name with its domain, from /etc/hosts: asking the network for it could take long, and give another machine's.
function fullName(own: string): string | null {
  if (own.includes('.')) return null;
  return (
    readHosts()
      .find((words) => words.slice(1).includes(own))
      ?.find((word) => word.startsWith(`${own}.`)) ?? null
  );
}

function readHosts(): string[][] {
  const path = '/etc/hosts';
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
}

function digestOf(path: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    // Not ours to read; whoever compares takes it as different.
    return null;
  }
}
