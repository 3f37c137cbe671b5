// Who a local client is: what the kernel has noted of its process and, where rules need them, the names of its groups.
import type { Socket } from 'node:net';
import type { Identity } from '@virtwire/protocol';
import type { Answer } from '@virtwire/rpc';
import { loadPeerCredentials, type PeerCredentials, type PeerCredentialsReader } from '@virtwire/rpc/node';

/** Finds out who is at the other end of unix sockets. */
export interface LocalIdentities {
  /** Loads what is needed; connections that come before it is there wait for it. */
  load(): Promise<void>;
  /** @throws LibvirtError when the kernel does not tell */
  of(socket: Socket): Answer<Identity>;
}

/** What to find out. */
export interface LocalIdentityOptions {
  /** True when names of users and groups are wanted, not only their numbers. */
  readonly names: boolean;
}

/** Makes a finder. */
export function localIdentities({ names }: LocalIdentityOptions): LocalIdentities {
  let reader: PeerCredentialsReader | undefined;
  const load = async () => {
    reader = await loadPeerCredentials();
  };
  const identify = (credentials: PeerCredentials): Answer<Identity> => {
    const identity: Identity = { address: 'unix', ...credentials };
    if (!names) return identity;
    return userNames(credentials.uid).then((found) => ({ ...identity, ...found, uid: credentials.uid }));
  };
  return {
    load,
    of: (socket) => {
      if (reader !== undefined) return identify(reader(socket));
      return loadPeerCredentials().then((loaded) => identify(loaded(socket)));
    },
  };
}

/** What the system knows of a user; nothing for one that it does not know. */
export interface UserNames {
  readonly uid?: number;
  readonly unixUser?: string;
  readonly unixGroups?: readonly string[];
}

/** How long names stay known, in milliseconds: a client that is taken out of a group connects without it soon. */
const NAMES_MS = 10_000;

const MAX_KNOWN_USERS = 1000;

const known = new Map<string, { readonly names: Promise<UserNames>; readonly until: number }>();

/** Name, number and groups of a user, from wherever the system has its users. */
export function userNames(nameOrId: string | number): Promise<UserNames> {
  const user = String(nameOrId);
  const now = Date.now();
  const entry = known.get(user);
  if (entry !== undefined && entry.until > now) return entry.names;
  if (known.size >= MAX_KNOWN_USERS) known.clear();
  const names = findNames(user);
  known.set(user, { names, until: now + NAMES_MS });
  return names;
}

async function findNames(user: string): Promise<UserNames> {
  if (!/^[A-Za-z0-9_.][A-Za-z0-9_.@\\$-]*$/.test(user)) return {};
  const [unixUser = '', , uid = ''] = (await output('getent', ['passwd', user])).split(':');
  // A user with a number for a name would be asked for by that number.
  if (unixUser === '' || /^[0-9]+$/.test(unixUser) || !/^[0-9]+$/.test(uid)) return {};
  const groups = await output('id', ['-Gnz', '--', unixUser]);
  return { uid: Number(uid), unixUser, unixGroups: groups.split('\0').filter((name) => name !== '') };
}

// Both programs say by their exit code that there is no such user; who has no names matches no rule that asks for one.
function output(program: string, args: readonly string[]): Promise<string> {
  const { execFile } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve) => {
    execFile(program, args, { encoding: 'utf8', timeout: 10_000, maxBuffer: 1_048_576 }, (error, stdout) => {
      resolve(error === null ? stdout : '');
    });
  });
}
