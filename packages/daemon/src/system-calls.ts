// Calls of the system that Node does not have, through a foreign function library that is loaded by the first of them only.
import { createRequire } from 'node:module';
import { getSystemErrorMap } from 'node:util';
import type * as Koffi from 'koffi';

/** Sockets close themselves in programs that are started (SOCK_CLOEXEC of Linux). */
export const SOCK_CLOEXEC = 0o2000000;

/** The calls, as in C; each gives a negative number when it fails. */
export interface SystemCalls {
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly sendto: (
    fd: number,
    bytes: Uint8Array,
    size: number,
    flags: number,
    to: Uint8Array,
    length: number,
  ) => number;
  readonly sendmsg: (fd: number, message: object, flags: number) => number;
  readonly memfdCreate: (name: string, flags: number) => number;
  readonly fcntl: (fd: number, command: number, argument: number) => number;
  readonly errno: () => number;
}

let loaded: SystemCalls | undefined;

/** Loads them, at once: what is logged when a start fails must not wait for a module to come. @throws Error where there are none */
export function systemCalls(): SystemCalls {
  if (loaded !== undefined) return loaded;
  if (process.platform !== 'linux') throw new Error(`calls of the system are not made on ${process.platform}`);
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  const library = koffi.load(null);
  const message = koffi.struct({
    name: 'uint8_t *',
    nameLength: 'uint32_t',
    vectors: 'void *',
    vectorCount: 'size_t',
    control: 'uint8_t *',
    controlLength: 'size_t',
    flags: 'int',
  });
  loaded = {
    socket: library.func('int socket(int family, int type, int protocol)'),
    sendto: library.func(
      'intptr_t sendto(int fd, _In_ uint8_t *bytes, size_t size, int flags, _In_ uint8_t *to, uint32_t length)',
    ),
    sendmsg: library.func('sendmsg', 'intptr_t', ['int', koffi.pointer(message), 'int']),
    memfdCreate: library.func('int memfd_create(const char *name, unsigned int flags)'),
    fcntl: library.func('int fcntl(int fd, int command, int argument)'),
    errno: () => koffi.errno(),
  };
  return loaded;
}

/** The result of a call. @throws an error of the system with its code when it has failed */
export function checked(result: number, call: string): number {
  if (result >= 0) return result;
  const number = systemCalls().errno();
  const [code = 'EUNKNOWN', text = `error ${number}`] = getSystemErrorMap().get(-number) ?? [];
  throw Object.assign(new Error(`${call}: ${text}`), { code, errno: -number, syscall: call });
}
