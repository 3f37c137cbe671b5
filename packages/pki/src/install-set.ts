// What an installation puts where, with which owner and mode.
import { dirname } from 'node:path';
import type { ChangeSet, DirectoryWrite, FileWrite, MachineFacts, Owner } from './machine.ts';
import { flatPlaces, globalPlaces, type Places, userFolder, VNC_FOLDER, vncPlaces } from './places.ts';

/** A certificate with its key, as PEM. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** What is to be installed; null leaves a part out. */
export interface InstallSet {
  readonly ca: string | null;
  readonly revocationList: string | null;
  readonly server: Pair | null;
  readonly client: Pair | null;
  readonly vnc: (Pair & { readonly ca: string }) | null;
}

const root: Owner = { uid: 0, gid: 0 };

/**
 * Gives the changes of an installation: for root at the places of the machine, for others in `~/.pki/libvirt`.
 *
 * @param keyGroup members of this group may read the client's key at the machine's place; null: root alone
 */
export function installChanges(set: InstallSet, facts: MachineFacts, keyGroup: number | null): ChangeSet {
  return facts.uid === 0 ? globalChanges(set, facts, keyGroup) : userChanges(set, facts);
}

function globalChanges(set: InstallSet, facts: MachineFacts, keyGroup: number | null): ChangeSet {
  const places = globalPlaces;
  const directories: DirectoryWrite[] = [{ path: dirname(places.caCertificate), mode: 0o755, owner: root }];
  if (set.server !== null || set.client !== null) {
    directories.push(
      { path: dirname(places.serverCertificate), mode: 0o755, owner: root },
      // Whoever may read the client's key has to get there; the server's key is protected by its own mode.
      keyGroup === null
        ? { path: dirname(places.serverKey), mode: 0o700, owner: root }
        : { path: dirname(places.serverKey), mode: 0o750, owner: { uid: 0, gid: keyGroup } },
    );
  }
  const files = commonFiles(set, places, root);
  const clientKey = set.client === null ? [] : [keyFile(places.clientKey, set.client, keyGroup)];
  const vnc = vncChanges(set, facts);
  return { directories: [...directories, ...vnc.directories], files: [...clientKey, ...files, ...vnc.files] };
}

function userChanges(set: InstallSet, { home }: MachineFacts): ChangeSet {
  const folder = userFolder(home);
  const places = flatPlaces(folder);
  const own = set.client === null ? [] : [{ path: places.clientKey, content: set.client.key, mode: 0o600 }];
  return {
    directories: [
      { path: dirname(folder), mode: 0o700 },
      { path: folder, mode: 0o700 },
    ],
    files: [...own, ...commonFiles({ ...set, server: null }, places, undefined)],
  };
}

// Keys come before certificates: what reads both in between finds at worst a pair that does not fit, and asks again.
function commonFiles(set: InstallSet, places: Places, owner: Owner | undefined): FileWrite[] {
  const owned = owner === undefined ? {} : { owner };
  const file = (path: string, content: string | undefined, mode: number): FileWrite[] =>
    content === undefined ? [] : [{ path, content, mode, ...owned }];
  return [
    ...file(places.serverKey, set.server?.key, 0o600),
    ...file(places.serverCertificate, set.server?.certificate, 0o644),
    ...file(places.clientCertificate, set.client?.certificate, 0o644),
    ...file(places.caCertificate, set.ca ?? undefined, 0o644),
    ...file(places.revocationList, set.revocationList ?? undefined, 0o644),
  ];
}

function keyFile(path: string, { key }: Pair, group: number | null): FileWrite {
  return group === null
    ? { path, content: key, mode: 0o600, owner: root }
    : { path, content: key, mode: 0o640, owner: { uid: 0, gid: group } };
}

function vncChanges({ vnc }: InstallSet, { guestGroup }: MachineFacts): ChangeSet {
  if (vnc === null) return { directories: [], files: [] };
  const key = guestGroup === null ? { mode: 0o600, owner: root } : { mode: 0o640, owner: { uid: 0, gid: guestGroup } };
  return {
    directories: [{ path: VNC_FOLDER, mode: 0o755, owner: root }],
    files: [
      { path: vncPlaces.key, content: vnc.key, ...key },
      { path: vncPlaces.certificate, content: vnc.certificate, mode: 0o644, owner: root },
      { path: vncPlaces.caCertificate, content: vnc.ca, mode: 0o644, owner: root },
    ],
  };
}
