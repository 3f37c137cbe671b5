import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { lxc, qemu, remote } from '@virtwire/protocol';
import type { Procedure } from '@virtwire/rpc';
import { aclConstants, aclOf, parseAclRule } from './acl-column.ts';
import { listCalls } from './lists.ts';
import { permissions } from './permissions.ts';
import { kindOf, subjectForm } from './subject.ts';

const readJson = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../spec/${name}`, import.meta.url), 'utf8'));
const spec: {
  readonly permissions: Readonly<Record<string, readonly string[]>>;
  readonly newer: Readonly<Record<string, readonly string[]>>;
} = readJson('access.json');

const procedures = [remote, qemu, lxc].flatMap((rows) =>
  Object.values(rows).filter((row): row is Procedure => row.kind === 'procedure'),
);

test('the permissions are those of libvirt', () => {
  for (const [kind, words] of Object.entries(permissions)) {
    assert.deepEqual(words, [...(spec.permissions[kind] ?? []), ...(spec.newer[kind] ?? [])], kind);
  }
  assert.equal(Object.keys(permissions).length, Object.keys(spec.permissions).length);
});

test('every procedure of the drivers says what it needs, in words that are known', () => {
  for (const procedure of procedures) {
    const acl = aclOf(procedure);
    assert.ok(acl !== null, `${procedure.name} says nothing`);
    const said = procedure.acl ?? [];
    assert.ok(said.includes('none') ? said.length === 1 : acl.rules.length > 0, procedure.name);
  }
});

test('a rule is about the connection or about one kind of object, which every call names in a known way', () => {
  for (const procedure of procedures) {
    const acl = aclOf(procedure);
    const kinds = new Set(acl?.rules.map(({ kind }) => kind).filter((kind) => kind !== 'connect'));
    assert.ok(kinds.size <= 1, procedure.name);
    assert.doesNotThrow(() => subjectForm(procedure, kindOf(acl?.rules ?? [])), procedure.name);
  }
});

test('every procedure with a filter has a list that is filtered, or is a registration for events', () => {
  for (const procedure of procedures) {
    const filtered = (procedure.aclFilter ?? []).length > 0;
    const isEvent = /Event(CallbackRegister|Register)(Any)?$/.test(procedure.name);
    assert.equal(listCalls.has(procedure.name) || isEvent, filtered, procedure.name);
  }
});

test('the constants of the column have the values of the C headers', () => {
  const text = readFileSync(new URL('../../../../spec/api-enums.json', import.meta.url), 'utf8');
  for (const [name, value] of Object.entries(aclConstants)) {
    const found = new RegExp(`"${name}"\\s*[:,]\\s*(\\d+)`).exec(text)?.[1];
    assert.equal(Number(found), value, name);
  }
});

test('flags that must be set, that must not be set, and values of arguments', () => {
  const set = parseAclRule('domain:save:VIR_DOMAIN_AFFECT_CONFIG');
  const unset = parseAclRule('domain:save:!VIR_DOMAIN_AFFECT_CONFIG|VIR_DOMAIN_AFFECT_LIVE');
  const value = parseAclRule('domain:write::source:VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT');

  assert.deepEqual(
    [0, 1, 2, 3].map((flags) => set.applies({ flags })),
    [false, false, true, true],
  );
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((flags) => unset.applies({ flags })),
    [true, false, false, false, true],
  );
  assert.deepEqual(
    [0, 1, 2].map((source) => value.applies({ source, flags: 0 })),
    [false, true, false],
  );
  assert.throws(() => set.applies({}));
});

test('words that are not known are not taken for rules', () => {
  for (const text of [
    '',
    'domain',
    'domain:fly',
    'vm:read',
    'domain:read:VIR_NO_SUCH',
    'domain:read:VIR_DOMAIN_XML_SECURE:x:y',
    'a:b:c:d:e:f',
  ]) {
    assert.throws(() => parseAclRule(text), text);
  }
});
