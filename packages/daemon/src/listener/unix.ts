// Listens on a unix socket whose mode is never wider than asked for, not even for a moment.
import { chmodSync, chownSync, existsSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Identity } from '@virtwire/protocol';
import { type Answer, ErrorCode, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import { listenAt, listenerOf, listening, receptionServer } from './accept.ts';
import type { Listener, Reception, Service } from './listener.ts';
import { isServed, removePath } from '../socket-path.ts';

/** How to listen on a unix socket. */
export interface UnixListenOptions {
  readonly path: string;
  readonly mode: number;
  /** Group of the socket, null for that of the process. */
  readonly gid: number | null;
  readonly backlog: number;
  /** Finds out who connects, where somebody wants to know; a connection for which it fails is dropped. */
  readonly identityOf?: (socket: Socket) => Answer<Identity>;
}

/**
 * Listens on a unix socket. What a dead daemon left at the path is replaced; a socket that answers is not.
 *
 * @throws LibvirtError `SystemError`
 */
export async function listenUnix(
  service: Service,
  options: UnixListenOptions,
  reception: Reception,
): Promise<Listener> {
  const { path } = options;
  if (await isServed(path)) throw bindError(path, 'Address already in use');
  try {
    removePath(path);
  } catch (error) {
    throw bindError(path, systemErrorText(error as NodeJS.ErrnoException));
  }
  const server = receptionServer(service, reception, {
    addressOf: () => 'unix',
    identityOf: options.identityOf,
  });
  const ready = listening(server);
  // The socket is made inside listen(), in this very tick: with this mask nobody but its owner can reach it before it
  // has its group and its mode.
  const mask = process.umask(0o177);
  try {
    listenAt(server, { path }, options.backlog);
  } finally {
    process.umask(mask);
  }
  try {
    await ready;
    if (options.gid !== null) chownSync(path, -1, options.gid);
    chmodSync(path, options.mode);
  } catch (error) {
    server.close();
    // libuv tells a missing directory as a missing permission.
    const missing = !existsSync(dirname(path));
    throw bindError(path, missing ? 'No such file or directory' : systemErrorText(error as NodeJS.ErrnoException));
  }
  return listenerOf(server, reception, { service, address: path });
}

/** Reads a mode in octal. @throws LibvirtError `InvalidArg` in libvirt's words */
export function parseMode(text: string): number {
  if (!/^0*[0-7]{1,4}$/.test(text)) {
    throw new LibvirtError(ErrorCode.InvalidArg, null, { message: `Failed to parse mode '${text}'` });
  }
  return Number.parseInt(text, 8);
}

/** Finds the number of a group. @throws LibvirtError `InvalidArg` in libvirt's words. @see virGetGroupID */
export function groupId(group: string): number {
  if (!group.startsWith('+')) {
    const named = groupFromFile(group) ?? groupFromService(group);
    if (named !== null) return named;
  }
  const digits = /^\+?([0-9]{1,10})$/.exec(group)?.[1];
  const number = Number(digits);
  if (digits !== undefined && number < 0xffffffff) return number;
  throw new LibvirtError(ErrorCode.InvalidArg, `Failed to parse group '${group}'`);
}

function groupFromFile(name: string): number | null {
  let text: string;
  try {
    text = readFileSync('/etc/group', 'utf8');
  } catch {
    return null;
  }
  for (const line of text.split('\n')) {
    const [found, , gid] = line.split(':');
    if (found === name && gid !== undefined && /^[0-9]+$/.test(gid)) return Number(gid);
  }
  return null;
}

// Groups of a directory service are not in the file; getent asks for them as C's getgrnam does.
function groupFromService(name: string): number | null {
  if (name.startsWith('-')) return null;
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, stdout } = spawnSync('getent', ['group', name], { encoding: 'utf8' });
  const gid = status === 0 ? stdout.split(':')[2] : undefined;
  return gid !== undefined && /^[0-9]+$/.test(gid) ? Number(gid) : null;
}

function bindError(path: string, text: string): LibvirtError {
  return new LibvirtError(ErrorCode.SystemError, `Failed to bind socket to '${path}': ${text}`);
}
