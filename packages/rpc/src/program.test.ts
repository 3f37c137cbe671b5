import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, string } from './codec.ts';
import { event, procedure, program, programOf } from './program.ts';

test('a program names its rows, and finds them by number', () => {
  const rows = program('sample', 0x1234, 1, {
    getName: procedure(1, () => [{ id: int }, { name: string(16) }, { acl: ['domain:getattr'], priority: 'high' }]),
    nameChanged: event(2, () => [{ id: int }]),
  });

  assert.equal(rows.getName.name, 'getName');
  assert.equal(rows.getName.program, rows[programOf]);
  assert.equal(rows.nameChanged.kind, 'event');
  assert.equal(rows[programOf].byNumber.get(2), rows.nameChanged);
  assert.equal(rows[programOf].byNumber.get(3), undefined);
  assert.deepEqual(Object.keys(rows), ['getName', 'nameChanged']);
  assert.deepEqual(rows.getName.acl, ['domain:getattr']);
  assert.equal(rows.getName.args.shape, '{id: int}');
  assert.equal(rows.getName.ret.shape, '{name: string<16>}');
});

test('two rows with one number are refused by name', () => {
  assert.throws(
    () => program('sample', 1, 1, { first: procedure(7, () => [{}, {}]), second: event(7, () => [{}]) }),
    /second and first .* 7/,
  );
});
