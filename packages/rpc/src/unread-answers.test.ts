// A client that never reads what answers it is not read either: what waits for it stays bounded, whatever it sends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryChannelPair } from './channel.ts';
import { KEEPALIVE_PROGRAM, KEEPALIVE_VERSION, KeepaliveProcedure } from './keepalive.ts';
import { closePacket, openPacket, PacketStatus, PacketType } from './packet.ts';
import { program, programOf } from './program.ts';
import { Responder } from './responder.ts';
import { Writer } from './xdr.ts';

const programs = [program('sample', 0x1234, 1, {})[programOf]];
const MEBIBYTE = 1_048_576;

const floods: [what: string, packet: Uint8Array, writes: number][] = [
  ['calls of a procedure that is not known', packet(0x1234, 1, 9999, PacketType.Call), 25],
  ['calls of a program that is not known', packet(0x4321, 1, 1, PacketType.Call), 25],
  ['pings', packet(KEEPALIVE_PROGRAM, KEEPALIVE_VERSION, KeepaliveProcedure.Ping, PacketType.Message), 180],
];

for (const [what, one, writes] of floods) {
  test(`a client that sends nothing but ${what}, and reads nothing, is held back until it reads`, async () => {
    const [near, far] = memoryChannelPair();
    const responder = new Responder(far, { programs, maxRequests: 5, dispatch: () => ({}), onClose: () => {} });
    let bytes = 0;
    let size = 0;
    near.open({
      // All answers are of one length.
      data: (chunk) => {
        if (size === 0) size = new DataView(chunk.buffer, chunk.byteOffset).getUint32(0);
        bytes += chunk.length;
      },
      drain: () => {},
      end: () => {},
    });
    near.pause();
    const many = Buffer.concat(Array.from({ length: 2000 }, () => one));

    for (let write = 0; write < writes; write++) near.write(many);
    await settle();

    assert.ok(responder.pendingBytes < 6 * MEBIBYTE, `${responder.pendingBytes} bytes wait`);
    assert.ok(near.pendingBytes > 0, 'everything was taken');
    near.resume();
    await settle();
    assert.equal(bytes, 2000 * writes * size);
    assert.equal(near.pendingBytes, 0);
    responder.close();
  });
}

function packet(number: number, version: number, procedure: number, type: number): Uint8Array {
  const writer = new Writer();
  closePacket(writer, openPacket(writer, number, version, procedure, type, 0, PacketStatus.Ok));
  return writer.written().slice();
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
}
