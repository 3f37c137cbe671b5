// Every row of every program: arbitrary values survive, and arbitrary bytes cannot hurt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Codec, ErrorCode, LibvirtError, Reader, Writer } from '@virtwire/rpc';
import * as fc from 'fast-check';
import { programs } from './programs.ts';

/** Codecs by what they are: `remote domainGetInfo call`. */
const codecs = new Map<string, Codec<unknown>>();
for (const program of programs) {
  for (const row of program.byNumber.values()) {
    const name = `${program.name} ${row.name}`;
    if (row.kind === 'event') codecs.set(`${name} message`, row.message);
    else codecs.set(`${name} call`, row.args).set(`${name} reply`, row.ret);
  }
}

const isRpcError = (error: unknown) => error instanceof LibvirtError && error.code === ErrorCode.Rpc;

test('arbitrary values of every row come back, and no part of their bytes is taken for the whole', () => {
  const writer = new Writer();
  for (const [name, codec] of codecs) {
    const values = arbitraryOf(codec.shape);
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        writer.position = 0;
        codec.encode(writer, value);
        const bytes = writer.written();

        assert.deepEqual(codec.decode(new Reader(bytes)), value, name);
        if (bytes.length > 0)
          assert.throws(() => codec.decode(new Reader(bytes, 0, cut % bytes.length)), isRpcError, name);
      }),
      { numRuns: 10 },
    );
  }
});

test('random bytes into every row give a value or a LibvirtError, never anything else', () => {
  for (const [name, codec] of codecs) {
    // Small words make counts that fit, so that more than the first field is reached.
    const word = fc.oneof(fc.constantFrom(0, 1, 2, 5), fc.nat({ max: 0xffffffff }));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        const bytes = new Uint8Array(words.length * 4);
        const view = new DataView(bytes.buffer);
        for (const [index, value] of words.entries()) view.setUint32(index * 4, value);
        try {
          codec.decode(new Reader(bytes));
        } catch (error) {
          assert.ok(isRpcError(error), `${name}: ${String(error)}`);
        }
      }),
      { numRuns: 20 },
    );
  }
});

test('a struct that is spelled out by hand is the struct that its fields say', () => {
  const domain = { name: 'test', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: -1 };
  const writer = new Writer();
  codecs.get('remote domainDestroy call')?.encode(writer, { dom: domain });

  assert.equal(
    Buffer.from(writer.written()).toString('hex'),
    '00000004746573746695eb01f6a4830479aa97f2502e193fffffffff',
  );
});

/** Values of the type that a shape describes: the notation of wire.lock, read by a small recursive parser. */
function arbitraryOf(shape: string): fc.Arbitrary<unknown> {
  let at = 0;
  const parsed = parseType();
  assert.equal(at, shape.length, shape);
  return parsed;

  function eat(text: string): boolean {
    if (!shape.startsWith(text, at)) return false;
    at += text.length;
    return true;
  }

  function word(): string {
    const found = /^-?\w+/.exec(shape.slice(at))?.[0] ?? '';
    at += found.length;
    return found;
  }

  function parseType(): fc.Arbitrary<unknown> {
    let values = parseBase();
    for (;;) {
      if (eat('?')) {
        values = fc.option(values);
      } else if (eat('<')) {
        const max = Number(word());
        assert.ok(eat('>'));
        values = fc.array(values, { maxLength: Math.min(max, 3) });
      } else if (eat('[')) {
        const size = Number(word());
        assert.ok(eat(']'));
        values = fc.array(values, { minLength: size, maxLength: size });
      } else {
        return values;
      }
    }
  }

  function parseBase(): fc.Arbitrary<unknown> {
    if (eat('union {'))
      return fc.oneof(...parseMembers().map(([type, value]) => value.map((v) => ({ type: Number(type), value: v }))));
    if (eat('enum {')) {
      const numbers = [Number(word())];
      while (eat(', ')) numbers.push(Number(word()));
      assert.ok(eat('}'));
      return fc.constantFrom(...numbers);
    }
    if (eat('{')) return fc.record(Object.fromEntries(parseMembers()), { noNullPrototype: true });
    if (eat('opaque[16]')) return fc.uuid();
    for (const [prefix, make] of Object.entries(sized)) {
      if (eat(`${prefix}<`)) {
        const max = Number(word());
        assert.ok(eat('>'));
        return make(0, Math.min(max, 20));
      }
      if (eat(`${prefix}[`)) {
        const size = Number(word());
        assert.ok(eat(']'));
        return make(size, size);
      }
    }
    const name = word();
    const values = scalars[name];
    assert.ok(values, `${name} in ${shape}`);
    return values;
  }

  function parseMembers(): [string, fc.Arbitrary<unknown>][] {
    const members: [string, fc.Arbitrary<unknown>][] = [];
    while (!eat('}')) {
      eat(', ');
      const name = word();
      assert.ok(eat(': '));
      members.push([name, parseType()]);
    }
    return members;
  }
}

const bytesOf = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const sized: Readonly<Record<string, (min: number, max: number) => fc.Arbitrary<unknown>>> = {
  string: (minLength, maxLength) => fc.string({ minLength, maxLength }).map((text) => text.replaceAll('\0', ' ')),
  opaque: bytesOf,
  char: bytesOf,
};
const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  int: fc.integer(),
  uint: fc.nat({ max: 0xffffffff }),
  ushort: fc.nat({ max: 0xffff }),
  char: fc.integer({ min: -0x80, max: 0x7f }),
  uchar: fc.nat({ max: 0xff }),
  hyper: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uhyper: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  double: fc.double({ noNaN: true }),
};
