// Who the client on a unix socket is, with names: found out when an administrator asks, not when it connects.
import { loadPeerCredentials } from '@virtwire/rpc/node';
import { userNames } from '../local-identity.ts';
import type { ServerClient } from '../server-client.ts';
import type { LocalFacts } from './admin-handlers.ts';

/** Asks the kernel and the system's users; null when the client has left, or cannot be asked. */
export async function localFacts({ identity, peer }: ServerClient): Promise<LocalFacts | null> {
  const known = await credentials(identity, peer);
  if (known === null) return null;
  const [{ unixUser = null }, group] = await Promise.all([userNames(known.uid), groupName(known.gid)]);
  return { ...known, user: unixUser, group };
}

async function credentials(
  { uid, gid, pid }: ServerClient['identity'],
  peer: ServerClient['peer'],
): Promise<Pick<LocalFacts, 'uid' | 'gid' | 'pid'> | null> {
  if (uid !== undefined && gid !== undefined && pid !== undefined) return { uid, gid, pid };
  if (peer === null) return null;
  const read = await loadPeerCredentials();
  return read(peer);
}

function groupName(gid: number): Promise<string | null> {
  const { execFile } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve) => {
    execFile('getent', ['group', String(gid)], { encoding: 'utf8', timeout: 10_000 }, (error, stdout) => {
      resolve(error === null ? (stdout.split(':', 1)[0] ?? null) : null);
    });
  });
}
