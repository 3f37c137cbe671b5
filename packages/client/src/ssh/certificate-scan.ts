// Gets the certificate that a server shows for its key: the first messages of a handshake that goes no further. The library
// of ssh knows no certificates; but one is true by itself, whoever brings it, and says which plain key is the host's.
import { createECDH, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { certificateTypes } from './host-certificate.ts';
import { SshFormatError, SshReader, sshNumber, sshString, uint32 } from './wire.ts';

const Message = { Disconnect: 1, Ignore: 2, Debug: 4, KeyInit: 20, KeyReply: 31, KeyStart: 30 } as const;

// Packets are not longer, what comes before the greeting neither.
const MAX_PACKET_BYTES = 35_000;
const MAX_GREETING_BYTES = 8_192;
const BLOCK_BYTES = 8;
const MIN_PADDING_BYTES = 4;

// Nothing is computed with the answer, so anything that looks like our half will do.
const keyExchanges: Readonly<Record<string, () => Uint8Array>> = {
  'curve25519-sha256': () => sshString(randomBytes(32)),
  'curve25519-sha256@libssh.org': () => sshString(randomBytes(32)),
  'ecdh-sha2-nistp256': () => sshString(createECDH('prime256v1').generateKeys()),
  'diffie-hellman-group14-sha256': () => sshNumber(randomBytes(255)),
  'diffie-hellman-group16-sha512': () => sshNumber(randomBytes(511)),
};

// Sides that have no cipher in common end before they show a key.
const ciphers = ['aes128-ctr', 'aes256-ctr', 'aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'];
const macs = ['hmac-sha2-256', 'hmac-sha2-512', 'hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'];

/**
 * Asks a server for its certificate.
 *
 * @param socket connected to it, and ended by this
 * @returns the certificate as on the wire; null when the server has none
 * @throws SshFormatError when what comes is no ssh, Error when the connection ends
 */
export async function scanCertificate(socket: Duplex): Promise<Uint8Array | null> {
  const stream = new PacketStream(socket);
  try {
    socket.write('SSH-2.0-virtwire\r\n');
    await stream.greeting();
    stream.send(keyInit());
    const theirs = new SshReader(await stream.packet(Message.KeyInit));
    theirs.take(17);
    const [exchanges, keyTypes] = [theirs.text(), theirs.text()].map((names) => names.split(','));
    const exchange = Object.entries(keyExchanges).find(([name]) => exchanges?.includes(name));
    if (exchange === undefined || !certificateTypes.some((type) => keyTypes?.includes(type))) return null;
    stream.send(Buffer.concat([Uint8Array.of(Message.KeyStart), exchange[1]()]));
    const reply = new SshReader(await stream.packet(Message.KeyReply));
    reply.byte();
    return Uint8Array.from(reply.string());
  } finally {
    socket.on('error', () => {});
    socket.destroy();
  }
}

function keyInit(): Uint8Array {
  const lists = [Object.keys(keyExchanges), certificateTypes, ciphers, ciphers, macs, macs, ['none'], ['none'], [], []];
  return Buffer.concat([
    Uint8Array.of(Message.KeyInit),
    randomBytes(16),
    ...lists.map((names) => sshString(names.join(','))),
    Uint8Array.of(0),
    uint32(0),
  ]);
}

/** Packets of a connection that is not encrypted yet. */
class PacketStream {
  private readonly socket: Duplex;
  private readonly chunks: AsyncIterator<Uint8Array>;
  private heard: Uint8Array = new Uint8Array();

  constructor(socket: Duplex) {
    this.socket = socket;
    this.chunks = (socket as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  }

  /** Reads up to the line in which the other side says its version; others may come before. */
  async greeting(): Promise<void> {
    for (let passed = 0; ; ) {
      const end = this.heard.indexOf(0x0a);
      if (end === -1) {
        if (passed + this.heard.length > MAX_GREETING_BYTES) throw new SshFormatError('it does not greet');
        await this.more();
        continue;
      }
      const line = Buffer.from(this.heard.subarray(0, end)).toString('latin1');
      this.heard = this.heard.subarray(end + 1);
      if (line.startsWith('SSH-2.0-') || line.startsWith('SSH-1.99-')) return;
      passed += end + 1;
      if (passed > MAX_GREETING_BYTES) throw new SshFormatError('it does not greet');
    }
  }

  /** Reads the next packet that says something. @throws SshFormatError when it is another one than expected */
  async packet(expected: number): Promise<Uint8Array> {
    for (;;) {
      const length = new SshReader(await this.read(4)).uint32();
      if (length < 2 + MIN_PADDING_BYTES || length > MAX_PACKET_BYTES) throw new SshFormatError('no packet of ssh');
      const body = await this.read(length);
      const payload = body.subarray(1, Math.max(1, length - (body[0] ?? 0)));
      if (payload[0] === expected) return payload;
      if (payload[0] !== Message.Ignore && payload[0] !== Message.Debug) {
        throw new SshFormatError(payload[0] === Message.Disconnect ? 'the server hung up' : 'an unexpected message');
      }
    }
  }

  send(payload: Uint8Array): void {
    const padding = BLOCK_BYTES - ((5 + payload.length) % BLOCK_BYTES);
    const length = padding < MIN_PADDING_BYTES ? padding + BLOCK_BYTES : padding;
    const head = [uint32(1 + payload.length + length), Uint8Array.of(length)];
    this.socket.write(Buffer.concat([...head, payload, randomBytes(length)]));
  }

  private async read(count: number): Promise<Uint8Array> {
    while (this.heard.length < count) await this.more();
    const bytes = this.heard.subarray(0, count);
    this.heard = this.heard.subarray(count);
    return bytes;
  }

  private async more(): Promise<void> {
    const { done, value } = await this.chunks.next();
    if (done === true) throw new Error('the server closed the connection');
    this.heard = Buffer.concat([this.heard, value]);
  }
}
