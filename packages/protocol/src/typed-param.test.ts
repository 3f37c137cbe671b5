import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode, LibvirtError, Reader, Writer } from '@virtwire/rpc';
import { typedParam, typedParamKind, typedParams, typedParamsFilter, typedParamsToMap } from './typed-param.ts';
import { TypedParam } from './types.ts';

const everyKind = typedParams({
  'state.state': { int: -1 },
  'vcpu.current': { uint: 4_294_967_295 },
  quota: { llong: -9_223_372_036_854_775_808n },
  'cpu.time': { ullong: 18_446_744_073_709_551_615n },
  rate: { double: 0.5 },
  success: { boolean: true },
  'block.0.name': { string: 'vda' },
});

test('builds one parameter of each type, in order, and reads them back', () => {
  assert.deepEqual(
    [...typedParamsToMap(everyKind)],
    [
      ['state.state', -1],
      ['vcpu.current', 4_294_967_295],
      ['quota', -9_223_372_036_854_775_808n],
      ['cpu.time', 18_446_744_073_709_551_615n],
      ['rate', 0.5],
      ['success', true],
      ['block.0.name', 'vda'],
    ],
  );
  assert.deepEqual(everyKind.map(typedParamKind), ['int', 'uint', 'llong', 'ullong', 'double', 'boolean', 'string']);
});

test('parameters of every type survive the wire', () => {
  const writer = new Writer();
  for (const param of everyKind) TypedParam.encode(writer, param);
  const reader = new Reader(writer.written());

  const decoded = everyKind.map(() => TypedParam.decode(reader));

  assert.deepEqual(decoded, everyKind);
  assert.equal(reader.remaining, 0);
});

test('leaves out undefined values', () => {
  assert.deepEqual(
    typedParams({ a: undefined, b: { int: 1 } }).map((param) => param.field),
    ['b'],
  );
});

test('of a repeated name the map has the first value and the filter has all', () => {
  const disks = [typedParam('migrate_disks', { string: 'vda' }), typedParam('migrate_disks', { string: 'vdb' })];

  assert.equal(typedParamsToMap(disks).get('migrate_disks'), 'vda');
  assert.deepEqual(typedParamsFilter(disks, 'migrate_disks'), ['vda', 'vdb']);
});

test('refuses a name of 80 bytes, counted in UTF-8', () => {
  const isTooLong = (error: unknown) => error instanceof LibvirtError && error.code === ErrorCode.InternalError;

  assert.throws(() => typedParam('x'.repeat(80), { int: 1 }), isTooLong);
  assert.throws(() => typedParam('é'.repeat(40), { int: 1 }), isTooLong);
  assert.equal(typedParam('é'.repeat(39), { int: 1 }).field.length, 39);
});
