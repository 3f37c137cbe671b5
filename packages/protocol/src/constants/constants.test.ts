// Every public constant of libvirt is there, under the name that the rule gives, with its value.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as constants from './index.ts';

type Values<T> = Readonly<Record<string, T>>;

const spec = JSON.parse(readFileSync(new URL('../../../../spec/api-enums.json', import.meta.url), 'utf8')) as {
  readonly enums: Values<Values<number>>;
  readonly numbers: Values<number>;
  readonly names: Values<Values<string>>;
};
const exported = constants as Values<unknown>;
// These three are ErrorLevel, ErrorDomain and ErrorCode of the rpc package.
const elsewhere = new Set(['virErrorLevel', 'virErrorDomain', 'virErrorNumber']);

test('every enum is there and has its members in order', () => {
  for (const [name, members] of Object.entries(spec.enums)) {
    assert.ok(!elsewhere.has(name));
    const object = objectOf(name.replace(/^vir/, '').replace(/Flags?Values$/, 'Flags'));

    assertMembers(name, object, members);
  }
});

test('every group of names is there and has its members in order', () => {
  for (const [name, members] of Object.entries(spec.names)) assertMembers(name, exported[name], members);
});

test('every number macro is there', () => {
  for (const [name, value] of Object.entries(spec.numbers)) assert.equal(Number(exported[name]), value, name);
});

test('nothing is exported that libvirt does not have', () => {
  // Only the same number as text is our own.
  assert.equal(constants.LIBVIRT_VERSION, '9.0.0');
  const count = [spec.enums, spec.names, spec.numbers].reduce((sum, group) => sum + Object.keys(group).length, 1);

  assert.equal(Object.keys(exported).length, count);
});

test('flags are numbers that fit an unsigned 32-bit field', () => {
  for (const [name, object] of Object.entries(exported)) {
    if (!name.endsWith('Flags')) continue;
    for (const value of Object.values(object as Values<number>)) assert.equal(value >>> 0, value, name);
  }
});

/** Finds an object by its C name; only the case of acronyms differs (`DomainXMLFlags`, `DomainXmlFlags`). */
function objectOf(name: string): unknown {
  const found = Object.keys(exported).filter((key) => key.toLowerCase() === name.toLowerCase());
  assert.equal(found.length, 1, name);
  return exported[found[0] as string];
}

/** A member's name is the end of the C name, so that it can be found from it. */
function assertMembers(name: string, object: unknown, members: Values<number | string>): void {
  const entries = Object.entries(object as Values<number | string>);
  assert.deepEqual(
    entries.map(([, value]) => value),
    Object.values(members),
    name,
  );
  for (const [index, member] of Object.keys(members).entries()) {
    assert.ok(member.replaceAll('_', '').endsWith((entries[index]?.[0] ?? '?').toUpperCase()), `${name}: ${member}`);
  }
}
