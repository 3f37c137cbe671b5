// Which authorities a server takes clients' certificates from. It says so in its handshake, but Node keeps that to itself; in
// TLS 1.2 it is not encrypted, so the first messages of such a handshake are enough.
import { randomBytes } from 'node:crypto';
import { connect, isIP } from 'node:net';
import type { ProbePlace } from './tls-probe.ts';

/** What a server asks of its clients. */
export interface CertificateRequest {
  /** False when it asks for no certificate at all. */
  readonly asked: boolean;
  /** Names of the authorities, as libvirt spells them; empty: it does not say. */
  readonly authorities: readonly string[];
}

const Handshake = { ClientHello: 1, CertificateRequest: 13, ServerHelloDone: 14 } as const;
const HANDSHAKE_RECORD = 22;
const MAX_RECORD_BYTES = 16_384 + 2_048;
const MAX_HEARD_BYTES = 262_144;

// With curves of two kinds and with RSA alone: whatever a server of these days has.
const cipherSuites = [
  0xc02f, 0xc02b, 0xc030, 0xc02c, 0xcca8, 0xcca9, 0x009e, 0x009f, 0x009c, 0x009d, 0xc013, 0xc014, 0x2f,
];
const groups = [29, 23, 24, 25, 256, 257];
const signatures = [0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0403, 0x0503, 0x0603, 0x0807, 0x0809];

/** Asks a server. @returns null when it does not tell: no TLS, or none but TLS 1.3 */
export async function certificateRequest({ host, port, patienceMs }: ProbePlace): Promise<CertificateRequest | null> {
  const { derValues, formatDistinguishedName } = await import('@virtwire/rpc/tls');
  const found = await new Promise<Buffer | 'none' | null>((resolve) => {
    const socket = connect({ host, port: port & 0xffff });
    const messages = new HandshakeMessages();
    const finish = (answer: Buffer | 'none' | null) => {
      clearTimeout(timer);
      socket.on('error', () => {});
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(null), patienceMs);
    socket.once('connect', () => socket.write(clientHello(host)));
    socket.on('data', (chunk: Buffer) => {
      if (!messages.push(chunk)) finish(null);
      for (const [type, body] of messages.take()) {
        if (type === Handshake.CertificateRequest) finish(body);
        if (type === Handshake.ServerHelloDone) finish('none');
      }
    });
    socket.once('error', () => finish(null));
    socket.once('close', () => finish(null));
  });
  if (found === null) return null;
  if (found === 'none') return { asked: false, authorities: [] };
  try {
    const names = namesOf(found).map((name) => formatDistinguishedName(derValues(name)[0]));
    return { asked: true, authorities: names };
  } catch {
    // It asks, in words that cannot be read.
    return { asked: true, authorities: [] };
  }
}

// RFC 5246, 7.4.4: kinds of certificates, ways to sign, names of authorities.
function namesOf(body: Buffer): Buffer[] {
  let at = 1 + body.readUInt8(0);
  at += 2 + body.readUInt16BE(at);
  const end = at + 2 + body.readUInt16BE(at);
  at += 2;
  const names: Buffer[] = [];
  while (at < end) {
    const length = body.readUInt16BE(at);
    names.push(body.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return names;
}

function clientHello(host: string): Buffer {
  const extensions = [
    ...(isIP(host) === 0 ? [extension(0, sized(2, Buffer.concat([Buffer.of(0), sized(2, Buffer.from(host))])))] : []),
    extension(10, sized(2, words(groups))),
    extension(11, sized(1, Buffer.of(0))),
    extension(13, sized(2, words(signatures))),
    extension(23, Buffer.of()),
    extension(0xff01, Buffer.of(0)),
  ];
  const body = Buffer.concat([
    Buffer.of(3, 3),
    randomBytes(32),
    sized(1, Buffer.of()),
    sized(2, words(cipherSuites)),
    sized(1, Buffer.of(0)),
    sized(2, Buffer.concat(extensions)),
  ]);
  const message = Buffer.concat([Buffer.of(Handshake.ClientHello), sized(3, body)]);
  return Buffer.concat([Buffer.of(HANDSHAKE_RECORD, 3, 1), sized(2, message)]);
}

function extension(type: number, data: Buffer): Buffer {
  return Buffer.concat([words([type]), sized(2, data)]);
}

function sized(bytes: number, data: Buffer): Buffer {
  const length = Buffer.alloc(bytes);
  length.writeUIntBE(data.length, 0, bytes);
  return Buffer.concat([length, data]);
}

function words(values: readonly number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.of(value >> 8, value & 0xff)));
}

/** Puts messages of a handshake together from records. */
class HandshakeMessages {
  private records = Buffer.of();
  private messages = Buffer.of();
  private heard = 0;

  /** @returns false when this is no handshake, or has no end */
  push(chunk: Buffer): boolean {
    this.heard += chunk.length;
    this.records = Buffer.concat([this.records, chunk]);
    while (this.records.length >= 5) {
      const length = this.records.readUInt16BE(3);
      if (this.records[0] !== HANDSHAKE_RECORD || length > MAX_RECORD_BYTES) return false;
      if (this.records.length < 5 + length) break;
      this.messages = Buffer.concat([this.messages, this.records.subarray(5, 5 + length)]);
      this.records = this.records.subarray(5 + length);
    }
    return this.heard <= MAX_HEARD_BYTES;
  }

  *take(): Generator<[type: number, body: Buffer]> {
    while (this.messages.length >= 4 && this.messages.length >= 4 + this.messages.readUIntBE(1, 3)) {
      const length = this.messages.readUIntBE(1, 3);
      yield [this.messages[0] ?? 0, this.messages.subarray(4, 4 + length)];
      this.messages = this.messages.subarray(4 + length);
    }
  }
}
