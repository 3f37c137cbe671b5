// A relay that writes down the bytes of one tcp connection, for tools that read packet captures.
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';

/** A relay in front of a daemon. */
export interface Recorder extends AsyncDisposable {
  /** Port on 127.0.0.1 where clients connect instead. */
  readonly port: number;
  /** Writes all connections so far as a capture; the server's port in it is `port`. */
  save(path: string): Promise<void>;
}

interface Segment {
  readonly connection: number;
  readonly fromClient: boolean;
  readonly bytes: Uint8Array;
}

/** Relays tcp connections to a port on 127.0.0.1 and keeps what goes by. */
export async function startRecorder(target: number): Promise<Recorder> {
  const segments: Segment[] = [];
  let connections = 0;
  const server = createServer((client) => {
    const connection = connections++;
    const upstream = connect({ host: '127.0.0.1', port: target });
    const keep = (fromClient: boolean) => (bytes: Uint8Array) => segments.push({ connection, fromClient, bytes });
    client.on('data', keep(true)).pipe(upstream);
    upstream.on('data', keep(false)).pipe(client);
    // Either side may reset; the other then ends, too.
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    // Whoever is gone reads nothing more, and an end that cannot be handed on would never be noticed.
    client.on('close', () => upstream.destroySoon());
    upstream.on('close', () => client.destroySoon());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    save: (path) => writeFile(path, capture(segments, port)),
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

const IP_HEADER = 20;
const TCP_HEADER = 20;
const LARGEST_SEGMENT = 32_768;
// Ports that the capture gives to clients; below those that the system hands out, so that none is the server's.
const FIRST_CLIENT_PORT = 20_000;

// Classic pcap, version 2.4, link type 101: packets begin with their IPv4 header. Checksums are left zero.
function capture(segments: readonly Segment[], port: number): Buffer {
  const parts = [pcapHeader()];
  const sequence = new Map<string, number>();
  let time = 0;
  for (const { connection, fromClient, bytes } of segments) {
    for (let at = 0; at < bytes.length; at += LARGEST_SEGMENT) {
      const payload = bytes.subarray(at, at + LARGEST_SEGMENT);
      const own = `${connection} ${fromClient}`;
      const sent = sequence.get(own) ?? 1;
      const received = sequence.get(`${connection} ${!fromClient}`) ?? 1;
      sequence.set(own, sent + payload.length);
      const clientPort = FIRST_CLIENT_PORT + connection;
      const [from, to] = fromClient ? [clientPort, port] : [port, clientPort];
      parts.push(packet(time++, { from, to, sent, received, payload }));
    }
  }
  return Buffer.concat(parts);
}

function pcapHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(101, 20);
  return header;
}

interface TcpFields {
  readonly from: number;
  readonly to: number;
  readonly sent: number;
  readonly received: number;
  readonly payload: Uint8Array;
}

function packet(time: number, { from, to, sent, received, payload }: TcpFields): Buffer {
  const size = IP_HEADER + TCP_HEADER + payload.length;
  const bytes = Buffer.alloc(16 + size);
  bytes.writeUInt32LE(Math.floor(time / 1e6), 0);
  bytes.writeUInt32LE(time % 1e6, 4);
  bytes.writeUInt32LE(size, 8);
  bytes.writeUInt32LE(size, 12);
  const ip = bytes.subarray(16);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(size, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(6, 9);
  ip.writeUInt32BE(0x7f00_0001, 12);
  ip.writeUInt32BE(0x7f00_0001, 16);
  const tcp = ip.subarray(IP_HEADER);
  tcp.writeUInt16BE(from, 0);
  tcp.writeUInt16BE(to, 2);
  tcp.writeUInt32BE(sent % 2 ** 32, 4);
  tcp.writeUInt32BE(received % 2 ** 32, 8);
  tcp.writeUInt8(0x50, 12);
  tcp.writeUInt8(0x18, 13);
  tcp.writeUInt16BE(65_535, 14);
  tcp.set(payload, TCP_HEADER);
  return bytes;
}
