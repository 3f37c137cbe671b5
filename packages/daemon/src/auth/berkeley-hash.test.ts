// Files of Berkeley DB: one that saslpasswd2 made, and hostile ones.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { LibvirtError } from '@virtwire/rpc';
import fc from 'fast-check';
import { readHashFile } from './berkeley-hash.ts';

// Made by saslpasswd2 of Debian 12: user1 to user60 in realm0 to realm2, three of them deleted again, one changed, two
// with long passwords, one with letters beyond ASCII.
const file = gunzipSync(readFileSync(new URL('../../../../spec/sasl/passwd.db.gz', import.meta.url)));

const read = (bytes: Uint8Array) =>
  new Map(
    readHashFile(bytes, 'passwd.db').map(([key, value]) => [
      Buffer.from(key).toString(),
      Buffer.from(value).toString(),
    ]),
  );

test('finds every user that saslpasswd2 has put in, and none that it has taken out', () => {
  const found = read(file);

  const expected = Array.from({ length: 60 }, (_, index) => index + 1)
    .filter((number) => ![7, 19, 33].includes(number))
    .map((number) => [
      `user${number}\0realm${number % 3}\0userPassword`,
      number === 2 ? 'changed' : `password-${number}`,
    ]);
  assert.equal(found.size, 60);
  for (const [key, value] of expected) assert.equal(found.get(key as string), value, key);
  assert.equal(found.get('zoë\0realm0\0userPassword'), 'größe');
  assert.equal(found.get('longer\0realm0\0userPassword'), 'y'.repeat(900));
  assert.equal(found.get('long\0realm0\0userPassword'), 'x'.repeat(2048));
});

test('a file of the other byte order is read, too', () => {
  const swapped = Buffer.from(file);
  const pageBytes = 4096;
  const swap = (at: number, size: 2 | 4) =>
    size === 2 ? swapped.subarray(at, at + 2).swap16() : swapped.subarray(at, at + 4).swap32();
  for (let page = 0; page * pageBytes < swapped.length; page++) {
    const start = page * pageBytes;
    const count = swapped.readUInt16LE(start + 20);
    const kind = swapped[start + 25];
    for (const at of [8, 12, 16]) swap(start + at, 4);
    if (page === 0) {
      for (const at of [20, 28, 32]) swap(start + at, 4);
      continue;
    }
    if (kind === 2 || kind === 13) {
      for (let index = 0; index < count; index++) {
        const item = start + swapped.readUInt16LE(start + 26 + index * 2);
        if (swapped[item] === 3) for (const at of [4, 8]) swap(item + at, 4);
        swap(start + 26 + index * 2, 2);
      }
    }
    swap(start + 20, 2);
    swap(start + 22, 2);
  }

  assert.deepEqual(read(swapped), read(file));
});

for (const [what, change, message] of [
  ['another kind of file', (bytes: Buffer) => bytes.writeUInt32LE(0x53162, 12), /not a hash file of Berkeley DB/],
  ['another version', (bytes: Buffer) => bytes.writeUInt32LE(99, 16), /version 99 is not known/],
  ['an encrypted file', (bytes: Buffer) => bytes.writeUInt8(1, 24), /it is encrypted/],
  ['pages of no size', (bytes: Buffer) => bytes.writeUInt32LE(0, 20), /pages of 0 bytes cannot be/],
  ['pages of an odd size', (bytes: Buffer) => bytes.writeUInt32LE(4095, 20), /pages of 4095 bytes cannot be/],
  ['an item count beyond its page', (bytes: Buffer) => bytes.writeUInt16LE(0xfffe, 4096 * 2 + 20), /page 2 is damaged/],
  ['an item outside of its page', (bytes: Buffer) => bytes.writeUInt16LE(0xffff, 4096 * 2 + 26), /page 2 is damaged/],
] as const) {
  test(`${what} is refused with a reason`, () => {
    const bytes = Buffer.from(file);
    change(bytes);

    assert.throws(() => read(bytes), { message });
  });
}

test('a long item that leads in a circle ends', () => {
  const bytes = Buffer.from(file);
  for (let page = 1; page * 4096 < bytes.length; page++) {
    if (bytes[page * 4096 + 25] !== 7) continue;
    bytes.writeUInt32LE(page, page * 4096 + 16);
    bytes.writeUInt16LE(1, page * 4096 + 22);
  }

  assert.equal(read(bytes).size, 60);
});

test('only a LibvirtError comes out of damaged files, and nothing is read twice over', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 30 }),
      fc.option(fc.nat(file.length)),
      (changes, cut) => {
        const bytes = Buffer.from(file).subarray(0, cut ?? file.length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          const sum = readHashFile(bytes, 'x').reduce((all, [key, value]) => all + key.length + value.length, 0);
          assert.ok(sum <= bytes.length);
        } catch (error) {
          assert.ok(error instanceof LibvirtError, String(error));
        }
      },
    ),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) =>
      assert.throws(() => readHashFile(bytes, 'x'), LibvirtError),
    ),
  );
});
