// Sockets that systemd opened before it started the daemon, by name; and telling systemd how the daemon is.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';

/** First descriptor that is handed over (SD_LISTEN_FDS_START). */
const FIRST_DESCRIPTOR = 3;
const MAX_DESCRIPTORS = 1024;

/** Names of the services that sockets can be handed over for. */
export type ActivatedService = 'unix' | 'unix-ro' | 'admin' | 'tcp' | 'tls';

const suffixes: Readonly<Record<ActivatedService, string>> = {
  unix: '.socket',
  'unix-ro': '-ro.socket',
  admin: '-admin.socket',
  tcp: '-tcp.socket',
  tls: '-tls.socket',
};

/** Sockets that were handed over. */
export interface Activation {
  /** True when there are sockets for a service that have not been taken. */
  has(service: ActivatedService): boolean;
  /** Takes the descriptors for a service; none when there are none, or they have been taken. */
  claim(service: ActivatedService): readonly number[];
  /** @throws LibvirtError `InternalError` when some were not taken: they would be open for nobody */
  complete(): void;
}

/**
 * Finds what systemd handed over to this very process, and takes the variables out of the environment so that no child
 * believes they were meant for it.
 *
 * @returns null when nothing was
 * @throws LibvirtError `InternalError` when the variables make no sense
 * @see virSystemdGetActivation
 */
export function socketActivation(env: NodeJS.ProcessEnv, pid: number = process.pid): Activation | null {
  const { LISTEN_PID: forPid, LISTEN_FDS: count, LISTEN_FDNAMES: names } = env;
  if (forPid === undefined || count === undefined || forPid !== String(pid)) return null;
  delete env['LISTEN_PID'];
  delete env['LISTEN_FDS'];
  delete env['LISTEN_FDNAMES'];
  const number = /^[0-9]{1,4}$/.test(count) ? Number(count) : -1;
  if (number < 0 || number > MAX_DESCRIPTORS) throw internal(`LISTEN_FDS=${count} is no number of descriptors`);
  if (number === 0) return null;
  const named = names === undefined || names === '' ? [] : names.split(':');
  if (named.length !== number) {
    throw internal(`${number} sockets were handed over with ${named.length} names (LISTEN_FDNAMES); each needs one`);
  }
  const left = new Map<number, string>(named.map((name, index) => [FIRST_DESCRIPTOR + index, name]));
  const fits = (name: string, service: ActivatedService) =>
    name === `libvirtd${suffixes[service]}` || name === `virtwired${suffixes[service]}`;
  return {
    has: (service) => [...left.values()].some((name) => fits(name, service)),
    claim: (service) => {
      const taken = [...left.keys()].filter((fd) => fits(left.get(fd) ?? '', service));
      for (const fd of taken) left.delete(fd);
      return taken;
    },
    complete: () => {
      if (left.size === 0) return;
      throw internal(
        `Some activation file descriptors are unclaimed: ${[...left.values()].join(', ')}; names are libvirtd${Object.values(suffixes).join(', libvirtd')}`,
      );
    },
  };
}

/** Tells systemd what goes on, e.g. `READY=1`. */
export type Notifier = (state: string) => void;

/**
 * Makes the way to tell systemd of the state of the daemon. Node has no datagram sockets of this kind: the system's own
 * functions are called, and loaded only when systemd waits for word.
 *
 * @returns null when nobody waits
 * @throws LibvirtError `NoSupport` when they cannot be loaded, `SystemError` when systemd's socket cannot be used
 * @see virSystemdNotifyReady
 */
export async function serviceNotifier(env: NodeJS.ProcessEnv): Promise<Notifier | null> {
  const { NOTIFY_SOCKET: path } = env;
  if (path === undefined || path === '') return null;
  delete env['NOTIFY_SOCKET'];
  // struct sockaddr_un: the family, then at most 108 bytes of the path; a first @ stands for a NUL.
  const name = new TextEncoder().encode(path);
  if (!/^[/@]/.test(path) || name.length > 107) throw internal(`NOTIFY_SOCKET='${path}' is no place of a socket`);
  const address = new Uint8Array(2 + name.length);
  new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  address.set(name, 2);
  if (path.startsWith('@')) address[2] = 0;
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  const socket = library.func('int socket(int domain, int type, int protocol)') as unknown as (
    ...args: readonly number[]
  ) => number;
  const sendto = library.func(
    'long sendto(int fd, const uint8_t *bytes, size_t length, int flags, const uint8_t *address, uint32_t size)',
  ) as unknown as (
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array,
    size: number,
  ) => number;
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw new LibvirtError(ErrorCode.SystemError, 'cannot open a socket to notify systemd');
  return (state) => {
    const bytes = new TextEncoder().encode(state);
    if (sendto(fd, bytes, bytes.length, MSG_NOSIGNAL, address, address.length) === bytes.length) return;
    throw new LibvirtError(ErrorCode.SystemError, `cannot notify systemd at ${path}`);
  };
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;

function internal(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.InternalError, detail, { domain: ErrorDomain.Systemd });
}
