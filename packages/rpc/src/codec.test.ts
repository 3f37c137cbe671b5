import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  array,
  type Codec,
  char,
  chars,
  double,
  enumeration,
  fixedArray,
  fixedChars,
  fixedOpaque,
  hyper,
  int,
  opaque,
  optional,
  short,
  string,
  struct,
  uchar,
  uhyper,
  uint,
  union,
  ushort,
  uuid,
} from './codec.ts';
import { ErrorCode } from './error-codes.ts';
import { LibvirtError } from './error.ts';
import { Reader, Writer } from './xdr.ts';

/** A codec and the values that it takes. */
type Case<T = unknown> = readonly [codec: Codec<T>, values: fc.Arbitrary<T>];

const isRpcError = (error: unknown) => error instanceof LibvirtError && error.code === ErrorCode.Rpc;

const plain: readonly Case[] = [
  [int, fc.integer()],
  [uint, fc.nat({ max: 0xffffffff })],
  [short, fc.integer({ min: -0x8000, max: 0x7fff })],
  [ushort, fc.nat({ max: 0xffff })],
  [char, fc.integer({ min: -0x80, max: 0x7f })],
  [uchar, fc.nat({ max: 0xff })],
  [hyper, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  [uhyper, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  [double, fc.double({ noNaN: true })],
  [uuid, fc.uuid()],
  [string(64), fc.string({ maxLength: 64 }).map((text) => text.replaceAll('\0', ' '))],
  [opaque(32), fc.uint8Array({ maxLength: 32 })],
  [fixedOpaque(7), fc.uint8Array({ minLength: 7, maxLength: 7 })],
  [chars(9), fc.uint8Array({ maxLength: 9 })],
  [fixedChars(5), fc.uint8Array({ minLength: 5, maxLength: 5 })],
  [enumeration({ A: 0, B: -7 }), fc.constantFrom(0, -7)],
];

/** Kinds that hold others, around any of them, three deep. */
const { any: anyCase } = fc.letrec<{ any: Case; plain: Case; holder: Case }>((tie) => ({
  any: fc.oneof({ depthSize: 'small', maxDepth: 3 }, tie('plain'), tie('holder')),
  plain: fc.constantFrom(...plain),
  holder: fc.oneof(
    tie('any').map(([codec, values]): Case => [optional(codec), fc.option(values)]),
    tie('any').map(([codec, values]): Case => [array(codec, 4), fc.array(values, { maxLength: 4 })]),
    tie('any').map(([codec, values]): Case => [fixedArray(codec, 2), fc.array(values, { minLength: 2, maxLength: 2 })]),
    fc.array(tie('any'), { minLength: 1, maxLength: 5 }).map(structCase),
    fc.tuple(tie('any'), tie('any')).map(
      ([[first, firstValues], [second, secondValues]]): Case => [
        union({ 1: first, 2: second }),
        fc.oneof(
          firstValues.map((value) => ({ type: 1, value })),
          secondValues.map((value) => ({ type: 2, value })),
        ),
      ],
    ),
  ),
}));

function structCase(members: readonly Case[]): Case {
  const named = members.map(([codec, values], index) => [`field${index}`, codec, values] as const);
  return [
    struct(Object.fromEntries(named.map(([name, codec]) => [name, codec]))),
    fc.record(Object.fromEntries(named.map(([name, , values]) => [name, values])), { noNullPrototype: true }),
  ];
}

const anyCodecWithValue = anyCase.chain(([codec, values]) => values.map((value) => ({ codec, value })));

test('any value of any codec comes back, and takes a multiple of four bytes', () => {
  const writer = new Writer();
  fc.assert(
    fc.property(anyCodecWithValue, ({ codec, value }) => {
      writer.position = 0;
      codec.encode(writer, value);
      const reader = new Reader(writer.written());

      const decoded = codec.decode(reader);

      assert.deepEqual(decoded, value);
      assert.equal(reader.remaining, 0);
      assert.equal(writer.position % 4, 0);
    }),
    { numRuns: 2000 },
  );
});

test('any part of the bytes of a value is refused as too short', () => {
  const writer = new Writer();
  fc.assert(
    fc.property(anyCodecWithValue, fc.nat(), ({ codec, value }, cut) => {
      writer.position = 0;
      codec.encode(writer, value);
      const bytes = writer.written();
      fc.pre(bytes.length > 0);

      assert.throws(() => codec.decode(new Reader(bytes, 0, cut % bytes.length)), isRpcError);
    }),
  );
});

test('random bytes give a value or a LibvirtError, never anything else', () => {
  fc.assert(
    fc.property(anyCase, fc.uint8Array({ maxLength: 200 }), ([codec], bytes) => {
      try {
        codec.decode(new Reader(bytes));
      } catch (error) {
        assert.ok(isRpcError(error), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('what exceeds a limit is refused when written and when read', () => {
  const tooLong: readonly [Codec<unknown>, Codec<unknown>, unknown][] = [
    [array(int, 2), array(int, 3), [1, 2, 3]],
    [opaque(2), opaque(3), Uint8Array.of(1, 2, 3)],
    [chars(2), chars(3), Uint8Array.of(1, 2, 3)],
    [string(2), string(3), 'abc'],
  ];
  for (const [narrow, wide, value] of tooLong) {
    const writer = new Writer();
    wide.encode(writer, value);

    assert.throws(() => narrow.encode(new Writer(), value), isRpcError, narrow.shape);
    assert.throws(() => narrow.decode(new Reader(writer.written())), isRpcError, narrow.shape);
  }
});

test('a fixed size is exactly that size', () => {
  for (const codec of [fixedOpaque(3), fixedChars(3)]) {
    for (const length of [2, 4]) assert.throws(() => codec.encode(new Writer(), new Uint8Array(length)), isRpcError);
  }
  for (const length of [1, 3])
    assert.throws(
      () =>
        fixedArray(int, 2).encode(
          new Writer(),
          Array.from({ length }, () => 0),
        ),
      isRpcError,
    );
});

test('a count that the payload cannot hold is refused before memory is taken', () => {
  const count = Uint8Array.of(0x00, 0xff, 0xff, 0xff, 0, 0, 0, 1);

  assert.throws(() => array(int, 0xffffff).decode(new Reader(count)), isRpcError);
});

test('unknown numbers of unions and enumerations are refused', () => {
  const three = Uint8Array.of(0, 0, 0, 3, 0, 0, 0, 0);

  assert.throws(() => union({ 1: int, 2: int }).decode(new Reader(three)), isRpcError);
  assert.throws(() => enumeration({ A: 1 }).decode(new Reader(three)), isRpcError);
  assert.throws(() => union({ 1: int }).encode(new Writer(), { type: 3, value: 0 } as never), isRpcError);
});

test('any number but 0 says that an optional value follows', () => {
  const opened = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 9);

  assert.equal(optional(int).decode(new Reader(opened)), 9);
});

test('a shape says what is on the wire', () => {
  const codec = struct({
    a: optional(string(8)),
    b: array(uuid, 2),
    c: union({ 1: int, 7: opaque(3) }),
    d: fixedChars(32),
  });

  assert.equal(codec.shape, '{a: string<8>?, b: opaque[16]<2>, c: union {1: int, 7: opaque<3>}, d: char[32]}');
});

test('a struct that spells out its codec keeps its shape', () => {
  const spelled = struct({ id: int }, { encode: (w, { id }) => w.int(id), decode: (r) => ({ id: r.int() }) });
  const writer = new Writer();
  spelled.encode(writer, { id: 5 });

  assert.equal(spelled.shape, '{id: int}');
  assert.deepEqual(struct({ id: int }).decode(new Reader(writer.written())), { id: 5 });
});
