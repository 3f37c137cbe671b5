// What a port speaks, and what its certificate says: one handshake beside the real one, without any trust.
import type { X509Certificate } from 'node:crypto';
import { connect as connectPlain, isIP } from 'node:net';
import { connect } from 'node:tls';
import type { TlsCredentials } from '@virtwire/rpc/tls';
import type { Evidence } from '../diagnosis/fault.ts';

/** A port. */
export interface ProbePlace {
  readonly host: string;
  readonly port: number;
  readonly patienceMs: number;
}

/** What a handshake showed. */
export interface TlsProbe {
  /** E.g. `TLSv1.3`. */
  readonly protocol: string;
  readonly cipher: string;
  /** Names, issuer and dates of the server's certificate. */
  readonly certificate: Evidence;
}

/**
 * Makes a handshake and looks at the server.
 *
 * @param credentials what we show; null for nothing
 * @throws LibvirtError `AuthFailed` as the transport words it
 */
export async function probeTls(place: ProbePlace, credentials: TlsCredentials | null): Promise<TlsProbe> {
  const { certificateFacts, evidenceOf, handshakeError } = await import('@virtwire/rpc/tls');
  const { host, port, patienceMs } = place;
  const { peer, ...seen } = await new Promise<Handshake>((resolve, reject) => {
    const socket = connect({
      host,
      port: port & 0xffff,
      servername: isIP(host) === 0 ? host : '',
      // This only looks: the real connection decides about trust.
      rejectUnauthorized: false,
      ...(credentials === null ? {} : { secureContext: credentials.context }),
    });
    let settled = false;
    const finish = (settle: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.on('error', () => {});
      settle();
      socket.destroy();
    };
    const fail = (error: NodeJS.ErrnoException) =>
      finish(() => reject(handshakeError(error, { host, port: String(port) })));
    const timer = setTimeout(
      () => fail(Object.assign(new Error('no answer to the greeting'), { code: 'ETIMEDOUT' })),
      patienceMs,
    );
    socket.once('error', fail);
    socket.once('end', () => fail(Object.assign(new Error('disconnected before the end'), { code: 'ECONNRESET' })));
    socket.once('close', () => fail(Object.assign(new Error('disconnected before the end'), { code: 'ECONNRESET' })));
    socket.once('secureConnect', () =>
      finish(() =>
        resolve({
          protocol: socket.getProtocol() ?? '',
          cipher: socket.getCipher().name,
          peer: socket.getPeerX509Certificate(),
        }),
      ),
    );
  });
  return { ...seen, certificate: peer === undefined ? {} : evidenceOf(certificateFacts(peer)) };
}

interface Handshake {
  readonly protocol: string;
  readonly cipher: string;
  readonly peer: X509Certificate | undefined;
}

// A call of auth_list: 28 bytes, program remote, version 1, procedure 66, type call, serial 0, status ok.
const AUTH_LIST = [28, 0x2000_8086, 1, 66, 0, 0, 0];

/** Tells whether a port answers a call without TLS. */
export function speaksRpc({ host, port, patienceMs }: ProbePlace): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectPlain({ host, port: port & 0xffff });
    const finish = (answer: boolean) => {
      clearTimeout(timer);
      socket.on('error', () => {});
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(false), patienceMs);
    const heard: Uint8Array[] = [];
    socket.once('connect', () => {
      const call = new DataView(new ArrayBuffer(28));
      for (const [index, word] of AUTH_LIST.entries()) call.setUint32(index * 4, word);
      socket.write(new Uint8Array(call.buffer));
    });
    socket.on('data', (chunk: Uint8Array) => {
      heard.push(chunk);
      const bytes = Buffer.concat(heard);
      if (bytes.length >= 8) finish(bytes.readUInt32BE(4) === AUTH_LIST[1]);
    });
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
