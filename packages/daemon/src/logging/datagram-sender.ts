// Sends datagrams to sockets in the file system, which Node cannot: by the system's own sendto, which never waits here.
import { closeSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';
import { checked, SOCK_CLOEXEC, type SystemCalls, systemCalls } from '../system-calls.ts';

/** Sends to one path. */
export interface DatagramSender {
  /** @throws an error of the system with its code, e.g. `ENOENT`, `EAGAIN` when the receiver's queue is full, `EMSGSIZE` */
  send(bytes: Uint8Array): void;
  /** Sends bytes that are too many for a datagram as an open file that nobody can change any more. @throws as `send` */
  sendAsFile(bytes: Uint8Array): void;
  close(): void;
}

// Numbers of Linux, the same on all machines that Node is built for.
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1033;
/** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_WRITE: without them the journal does not take a file in memory. */
const ALL_SEALS = 15;

/** Makes a sender; nothing is loaded or opened before it sends, and each datagram finds the path anew. */
export function datagramSender(path: string): DatagramSender {
  const to = unixAddress(path);
  let fd = -1;
  const open = (): SystemCalls => {
    const found = systemCalls();
    if (fd < 0) fd = checked(found.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), 'socket');
    return found;
  };
  return {
    send(bytes) {
      const found = open();
      checked(found.sendto(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length), 'sendto');
    },
    sendAsFile(bytes) {
      const found = open();
      const file = checked(found.memfdCreate('log', MFD_CLOEXEC | MFD_ALLOW_SEALING), 'memfd_create');
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        checked(found.fcntl(file, F_ADD_SEALS, ALL_SEALS), 'fcntl');
        const control = descriptorMessage(file);
        const message = {
          name: to,
          nameLength: to.length,
          vectors: null,
          vectorCount: 0,
          control,
          controlLength: control.length,
          flags: 0,
        };
        checked(found.sendmsg(fd, message, MSG_DONTWAIT | MSG_NOSIGNAL), 'sendmsg');
      } finally {
        closeSync(file);
      }
    },
    close() {
      if (fd >= 0) closeSync(fd);
      fd = -1;
    },
  };
}

/** struct sockaddr_un, cut behind the end of the path. */
function unixAddress(path: string): Uint8Array {
  const name = new TextEncoder().encode(path);
  const address = new Uint8Array(2 + name.length + 1);
  new Uint16Array(address.buffer, 0, 1)[0] = AF_UNIX;
  address.set(name, 2);
  return address;
}

/** struct cmsghdr with one descriptor behind it, as 64-bit systems have it. */
function descriptorMessage(fd: number): Uint8Array {
  const little = endianness() === 'LE';
  const view = new DataView(new ArrayBuffer(24));
  view.setBigUint64(0, 20n, little);
  view.setInt32(8, SOL_SOCKET, little);
  view.setInt32(12, SCM_RIGHTS, little);
  view.setInt32(16, fd, little);
  return new Uint8Array(view.buffer);
}
