// Frames that virsh and libvirtd 9.0.0 exchanged: each decodes whole and encodes to the same bytes again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  type Codec,
  hyper,
  type Procedure,
  PacketStatus,
  PacketType,
  Reader,
  type Row,
  struct,
  uint,
  wireError,
  Writer,
} from '@virtwire/rpc';
import { programs } from './programs.ts';

const spec = JSON.parse(readFileSync(new URL('../../../spec/frames.json', import.meta.url), 'utf8')) as {
  readonly libvirt: string;
  readonly frames: readonly (readonly [label: string, hex: string])[];
};

const streamHole = struct({ length: hyper, flags: uint });

for (const program of programs) {
  test(`every frame of the ${program.name} program between virsh and libvirtd ${spec.libvirt}`, () => {
    const frames = spec.frames.filter(([label]) => label.startsWith(`${program.name} `));
    assert.ok(frames.length > 0);
    for (const [label, hex] of frames) assertRoundTrip(label, Uint8Array.from(Buffer.from(hex, 'hex')));
  });
}

test('the frames cover every kind of packet, and more than half of the remote program', () => {
  const headers = spec.frames.map(([, hex]) => headerOf(new Reader(Uint8Array.from(Buffer.from(hex, 'hex')))));
  const remoteProcedures = new Set(
    headers.filter((header) => header.program === 0x20008086).map((header) => header.procedure),
  );

  assert.deepEqual(
    [...new Set(headers.map((header) => header.type))].sort((a, b) => a - b),
    Object.values(PacketType),
  );
  assert.equal(new Set(headers.map((header) => header.program)).size, programs.length);
  assert.ok(remoteProcedures.size > 453 / 2, String(remoteProcedures.size));
});

function assertRoundTrip(label: string, bytes: Uint8Array): void {
  const reader = new Reader(bytes);
  const header = headerOf(reader);
  assert.equal(header.length, bytes.length, label);
  if (header.type === PacketType.CallWithFds || header.type === PacketType.ReplyWithFds) assert.ok(reader.uint() <= 32);
  const start = reader.position;
  const codec = codecOf(header, reader.remaining);
  if (codec === null) return;

  const value = codec.decode(reader);
  const writer = new Writer();
  codec.encode(writer, value);

  assert.equal(reader.remaining, 0, label);
  assert.equal(
    Buffer.from(writer.written()).toString('hex'),
    Buffer.from(bytes.subarray(start)).toString('hex'),
    label,
  );
}

interface Header {
  readonly length: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
}

function headerOf(reader: Reader): Header {
  return {
    length: reader.uint(),
    program: reader.uint(),
    version: reader.uint(),
    procedure: reader.int(),
    type: reader.int(),
    serial: reader.uint(),
    status: reader.int(),
  };
}

/** The codec of a payload; null for the bytes of a stream, which are nobody's struct. */
function codecOf(header: Header, payloadBytes: number): Codec<unknown> | null {
  const row = rowOf(header);
  switch (header.type) {
    case PacketType.Message:
      assert.ok(row.kind === 'event');
      return row.message;
    case PacketType.Call:
    case PacketType.CallWithFds:
      return procedureOf(row).args;
    case PacketType.StreamHole:
      return streamHole;
    case PacketType.Stream:
      assert.ok(header.status === PacketStatus.Continue || payloadBytes === 0);
      return null;
    default:
      return header.status === PacketStatus.Error ? wireError : procedureOf(row).ret;
  }
}

function rowOf({ program, version, procedure }: Header): Row {
  const found = programs.find((candidate) => candidate.number === program && candidate.version === version);
  const row = found?.byNumber.get(procedure);
  assert.ok(row);
  return row;
}

function procedureOf(row: Row): Procedure {
  assert.ok(row.kind === 'procedure');
  return row;
}
