import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ErrorCode } from './error-codes.ts';
import { LibvirtError } from './error.ts';
import { Reader, Writer } from './xdr.ts';

const isRpcError = (error: unknown) => error instanceof LibvirtError && error.code === ErrorCode.Rpc;

function bytesOf(write: (writer: Writer) => void): Uint8Array {
  // Starts small, so that growing is always part of it.
  const writer = new Writer(1);
  write(writer);
  return writer.written();
}

test('numbers are big-endian', () => {
  const bytes = bytesOf((w) => {
    w.int(-2);
    w.uint(0xfedcba98);
    w.hyper(-2n);
    w.uhyper(0xfedcba9876543210n);
    w.double(1);
  });

  assert.equal(Buffer.from(bytes).toString('hex'), 'fffffffefedcba98fffffffffffffffefedcba98765432103ff0000000000000');
});

test('a number that does not fit its field is refused, not cut', () => {
  for (const value of [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => bytesOf((w) => w.int(value)), isRpcError, String(value));
  }
  for (const value of [2 ** 32, -1, 0.5, Number.NaN])
    assert.throws(() => bytesOf((w) => w.uint(value)), isRpcError, String(value));
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) assert.throws(() => bytesOf((w) => w.hyper(value)), isRpcError);
  for (const value of [2n ** 64n, -1n]) assert.throws(() => bytesOf((w) => w.uhyper(value)), isRpcError);
});

test('a forgotten number is refused, not sent as 0', () => {
  assert.throws(() => bytesOf((w) => w.int(undefined as unknown as number)), isRpcError);
  assert.throws(() => bytesOf((w) => w.uint(undefined as unknown as number)), isRpcError);
});

test('any string without NUL comes back', () => {
  const text = fc.string({ unit: 'binary', maxLength: 80 }).map((value) => value.replaceAll('\0', ''));

  fc.assert(
    fc.property(text, (value) => {
      const bytes = bytesOf((w) => w.string(value, 4096));

      assert.equal(bytes.length % 4, 0);
      assert.equal(new Reader(bytes).string(4096), value);
    }),
  );
});

test('a string is its length in bytes, UTF-8, and zeros up to four', () => {
  assert.equal(Buffer.from(bytesOf((w) => w.string('äb', 10))).toString('hex'), '00000003c3a46200');
  assert.equal(Buffer.from(bytesOf((w) => w.string('', 10))).toString('hex'), '00000000');
});

test('padding is zero even where the buffer held something else', () => {
  const writer = new Writer(64);
  writer.bytes.fill(0xff);

  writer.string('a', 10);
  writer.string('ä', 10);
  writer.opaque(Uint8Array.of(1), 10);
  writer.chars(Uint8Array.of(2));

  assert.equal(
    Buffer.from(writer.written()).toString('hex'),
    '000000016100000000000002c3a40000000000010100000000000002',
  );
});

test('a byte order mark is kept, in short and in long strings', () => {
  for (const value of ['\ufeffx', `\ufeff${'x'.repeat(100)}`]) {
    assert.equal(new Reader(bytesOf((w) => w.string(value, 1000))).string(1000), value);
  }
});

test('a string over its limit is refused on both sides, counted in bytes', () => {
  const bytes = bytesOf((w) => w.string('aaaaaa', 6));

  assert.throws(() => bytesOf((w) => w.string('aaaaaa', 5)), isRpcError);
  assert.throws(() => bytesOf((w) => w.string('äää', 5)), isRpcError);
  assert.throws(() => bytesOf((w) => w.string('ä'.repeat(1000), 1999)), isRpcError);
  assert.throws(() => new Reader(bytes).string(5), isRpcError);
});

test('a NUL inside a string is refused on both sides', () => {
  for (const length of [1, 7, 8, 9, 47, 48, 100]) {
    for (const at of [0, length - 1]) {
      const value = `${'x'.repeat(at)}\0${'x'.repeat(length - 1 - at)}`;
      assert.throws(() => bytesOf((w) => w.string(value, 1000)), isRpcError);
      const bytes = bytesOf((w) => w.opaque(new TextEncoder().encode(value), 1000));
      assert.throws(() => new Reader(bytes).string(1000), isRpcError);
    }
  }
});

test('invalid UTF-8 becomes replacement characters instead of an error, as a peer may send file names', () => {
  const bytes = bytesOf((w) => w.opaque(Uint8Array.of(0x61, 0xff, 0x62), 10));

  assert.equal(new Reader(bytes).string(10), 'a\ufffdb');
});

test('a length beyond the end is refused before anything is made of it', () => {
  const lie = Uint8Array.of(0x7f, 0xff, 0xff, 0xff, 1, 2, 3, 4);

  assert.throws(() => new Reader(lie).string(0xffffffff), isRpcError);
  assert.throws(() => new Reader(lie).opaque(0xffffffff), isRpcError);
  assert.throws(() => new Reader(lie).chars(0x7fffffff), isRpcError);
  assert.throws(() => new Reader(Uint8Array.of(0xff, 0xff, 0xff, 0xff)).string(0xffffffff), isRpcError);
  assert.throws(() => new Reader(lie).count(1), isRpcError);
});

test('reading stops at the end of the range, not of the array', () => {
  const bytes = bytesOf((w) => {
    w.int(1);
    w.int(2);
  });
  const reader = new Reader(bytes, 0, 4);

  assert.equal(reader.int(), 1);
  assert.throws(() => reader.int(), isRpcError);
  assert.equal(reader.reset(bytes, 4, 8).int(), 2);
  assert.equal(reader.remaining, 0);
});

test('bytes that were read are a copy, also of a Buffer', () => {
  const source = Buffer.from('00000004aabbccdd', 'hex');

  const value = new Reader(source).opaque(10);
  source.fill(0);

  assert.deepEqual(value, Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd));
  assert.equal(value.constructor, Uint8Array);
});

test('a character takes four bytes, of which the last counts', () => {
  assert.deepEqual(
    bytesOf((w) => w.chars(Uint8Array.of(1, 0xff))),
    Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0xff),
  );
  // libvirt on x86 sends bytes from 0x80 with their sign extended.
  assert.deepEqual(new Reader(Uint8Array.of(0xff, 0xff, 0xff, 0x80)).chars(1), Uint8Array.of(0x80));
});

test('any UUID comes back in lower case, also when its slot was taken by another', () => {
  const writer = new Writer();
  fc.assert(
    fc.property(fc.array(fc.uuid(), { maxLength: 50 }), (values) => {
      writer.position = 0;
      for (const value of values) writer.uuid(value.toUpperCase());
      const reader = new Reader(writer.written());

      assert.deepEqual(
        values.map(() => reader.uuid()),
        values.map((value) => value.toLowerCase()),
      );
    }),
  );
  // These two share a slot of the texts that are kept.
  const first = '00000001-0000-0000-0000-000000000000';
  const second = '00000001-1111-1111-1111-111100000000';
  const both = new Reader(bytesOf((w) => [first, second, first].forEach((value) => w.uuid(value))));
  assert.deepEqual([both.uuid(), both.uuid(), both.uuid()], [first, second, first]);
});

test('the UUID of zeros comes back, although empty slots look alike', () => {
  const zeros = '00000000-0000-0000-0000-000000000000';

  assert.equal(new Reader(new Uint8Array(16)).uuid(), zeros);
});

test('what is no UUID is refused and leaves no bytes', () => {
  const good = '6695eb01-f6a4-8304-79aa-97f2502e193f';
  const bad = [
    '',
    good.slice(1),
    `${good}0`,
    good.replaceAll('-', ''),
    good.replace('f', 'g'),
    good.replace('f', 'Ā'),
    `-${good.slice(1)}`,
  ];
  for (const value of [...bad, good.replace('-', '0')]) {
    const writer = new Writer();
    assert.throws(() => writer.uuid(value), isRpcError, value);
    assert.equal(writer.position, 0);
  }
});
