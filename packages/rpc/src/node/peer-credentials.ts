// Who is at the other end of a unix socket: process, user and group as the kernel has noted them, and the process's age.
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { LibvirtError } from '../error.ts';
import { ErrorCode, ErrorDomain } from '../error-codes.ts';

/** A local peer. */
export interface PeerCredentials {
  /** Process that connected; 0 when it lives in a namespace that this process cannot see. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /**
   * When the process was started, in clock ticks since the system was: a process with the same id and another start time
   * is another process. 0n when it has ended already; whoever asks others about the process must refuse then.
   */
  readonly startTime: bigint;
}

/** Reads the credentials of a connected unix socket. @throws LibvirtError `SystemError` when the kernel does not tell */
export type PeerCredentialsReader = (socket: Socket | PeerHandle) => PeerCredentials;

/** The descriptor of a socket, which stays with it when its channel takes the socket over; it knows when it is closed. */
export interface PeerHandle {
  readonly _handle?: { readonly fd?: number } | null;
}

/** Keeps the descriptor of a socket for a later question. */
export function peerHandle(socket: Socket): PeerHandle {
  const { _handle: handle } = socket as unknown as PeerHandle;
  return { _handle: handle ?? null };
}

// SOL_SOCKET and SO_PEERCRED of Linux on all machines but MIPS, PA-RISC and SPARC, where Node is not built any more.
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** struct ucred: three 32-bit numbers. */
const UCRED_BYTES = 12;

type GetSockOpt = (fd: number, level: number, name: number, value: Uint8Array, length: number[]) => number;

let reader: Promise<PeerCredentialsReader> | undefined;

/**
 * Loads what Node does not have: the system's own getsockopt, through a foreign function library that is loaded by the
 * first call only.
 *
 * @throws LibvirtError `NoSupport` when this system or machine has none; never falls back to knowing less
 * @see virNetSocketGetUNIXIdentity
 */
export function loadPeerCredentials(): Promise<PeerCredentialsReader> {
  reader ??= load();
  return reader;
}

async function load(): Promise<PeerCredentialsReader> {
  if (process.platform !== 'linux') throw unsupported(`not on ${process.platform}`);
  let getsockopt: GetSockOpt;
  try {
    const { default: koffi } = await import('koffi');
    getsockopt = koffi
      .load(null)
      .func(
        'int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)',
      ) as GetSockOpt;
  } catch (error) {
    throw unsupported('the package koffi cannot be loaded', error);
  }
  return (socket) => {
    const fd = descriptorOf(socket);
    const value = new Uint8Array(UCRED_BYTES);
    const length = [UCRED_BYTES];
    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value, length) !== 0 || length[0] !== UCRED_BYTES) {
      throw new LibvirtError(ErrorCode.SystemError, 'Failed to get client socket identity', {
        domain: ErrorDomain.Rpc,
      });
    }
    const [pid = 0, uid = -1, gid = -1] = new Int32Array(value.buffer);
    // A socket without a peer, or of another kind, has "nobody" here, which must not be taken for a user.
    if (uid === -1 || gid === -1) {
      throw new LibvirtError(ErrorCode.SystemError, 'Failed to get client socket identity', {
        domain: ErrorDomain.Rpc,
      });
    }
    return { pid, uid: uid >>> 0, gid: gid >>> 0, startTime: pid > 0 ? (processStartTime(pid) ?? 0n) : 0n };
  };
}

/**
 * When a process was started, in clock ticks since the system was; null when there is no such process.
 *
 * @see virProcessGetStartTime
 */
export function processStartTime(pid: number): bigint | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  return startTimeOf(text);
}

/** Field 22 of the text of /proc/PID/stat; null when it is not there. */
export function startTimeOf(stat: string): bigint | null {
  // The second field is the name of the program in parentheses, which may hold blanks and parentheses itself.
  const rest = stat.slice(stat.lastIndexOf(')') + 1).trim();
  const field = stat.includes(')') ? rest.split(' ')[19] : undefined;
  return field !== undefined && /^[0-9]{1,20}$/.test(field) ? BigInt(field) : null;
}

// Node does not tell the number of a descriptor in public; -1 stands for a closed socket.
function descriptorOf(socket: Socket | PeerHandle): number {
  const { _handle: handle } = socket as unknown as PeerHandle;
  return typeof handle?.fd === 'number' ? handle.fd : -1;
}

function unsupported(why: string, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.NoSupport, `identity of local clients: ${why}`, { domain: ErrorDomain.Rpc, cause });
}
