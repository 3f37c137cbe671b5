import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { accessKinds, type AccessObject, permissions } from '@virtwire/drivers/access';
import type { PolkitQuestion } from '../auth/polkit-authority.ts';
import { allOf } from './all-of.ts';
import { apiAction, apiDetails, polkitPolicy } from './polkit-policy.ts';

const uuid = '6695eb01-f6a4-8304-79aa-97f2502e193f';
const domain: AccessObject = { kind: 'domain', name: 'web-1', uuid };
const identity = { pid: 4711, uid: 1000, startTime: 5n };

test('the actions are those of libvirt’s policy file', () => {
  const spec = JSON.parse(readFileSync(new URL('../../../../spec/access.json', import.meta.url), 'utf8'));
  const actions = new Set(accessKinds.flatMap((kind) => permissions[kind].map((name) => apiAction(kind, name))));

  for (const action of spec.allowedByDefault as string[]) assert.ok(actions.has(action), action);
  assert.equal(apiAction('storage_pool', 'search_storage_vols'), 'org.libvirt.api.storage-pool.search-storage-vols');
});

test('each kind of object has libvirt’s details', () => {
  const parent = { name: 'images', uuid };
  const cases: readonly (readonly [AccessObject, Readonly<Record<string, string>>])[] = [
    [{ kind: 'connect', name: '', uuid: '' }, {}],
    [domain, { domain_name: 'web-1', domain_uuid: uuid }],
    [
      { kind: 'network', name: 'lan', uuid },
      { network_name: 'lan', network_uuid: uuid },
    ],
    [
      { kind: 'network_port', name: '', uuid, parent },
      { network_name: 'images', network_uuid: uuid, port_uuid: uuid },
    ],
    [
      { kind: 'interface', name: 'eth0', uuid: '', mac: 'aa' },
      { interface_name: 'eth0', interface_macaddr: 'aa' },
    ],
    [{ kind: 'node_device', name: 'pci_0', uuid: '' }, { node_device_name: 'pci_0' }],
    [
      { kind: 'nwfilter', name: 'clean', uuid },
      { nwfilter_name: 'clean', nwfilter_uuid: uuid },
    ],
    [
      { kind: 'nwfilter_binding', name: 'vnet0', uuid: '', filter: 'clean' },
      { nwfilter_binding_portdev: 'vnet0', nwfilter_binding_filter: 'clean' },
    ],
    [{ kind: 'secret', name: '', uuid, usage: { type: 0, id: '' } }, { secret_uuid: uuid }],
    [
      { kind: 'secret', name: '', uuid, usage: { type: 1, id: '/d' } },
      { secret_uuid: uuid, secret_usage_volume: '/d' },
    ],
    [
      { kind: 'secret', name: '', uuid, usage: { type: 3, id: 't' } },
      { secret_uuid: uuid, secret_usage_target: 't' },
    ],
    [
      { kind: 'storage_pool', name: 'images', uuid },
      { pool_name: 'images', pool_uuid: uuid },
    ],
    [
      { kind: 'storage_vol', name: 'd', uuid: '', key: '/d', parent },
      { pool_name: 'images', pool_uuid: uuid, vol_name: 'd', vol_key: '/d' },
    ],
  ];
  for (const [object, facts] of cases) {
    assert.deepEqual(apiDetails('QEMU', object), { connect_driver: 'QEMU', ...facts }, object.kind);
  }
});

test('asks without dialog; no process, no answer and failures are denials', async () => {
  const questions: PolkitQuestion[] = [];
  const failures: string[] = [];
  let answer: () => Promise<{ authorized: boolean; challenge: boolean; dismissed: boolean }>;
  const policy = polkitPolicy(
    {
      check: (question) => {
        questions.push(question);
        return answer();
      },
      close: () => undefined,
    },
    (text) => failures.push(text),
  );
  const ask = (who: object | undefined) =>
    policy.check({ identity: who, driver: 'TEST', object: domain, permission: 'read', purpose: 'call' });

  answer = async () => ({ authorized: true, challenge: false, dismissed: false });
  assert.deepEqual(await ask(identity), { allowed: true, rule: 'polkit: org.libvirt.api.domain.read' });
  assert.equal(questions[0]?.interactive, false);
  assert.deepEqual(questions[0]?.details, { connect_driver: 'TEST', domain_name: 'web-1', domain_uuid: uuid });
  for (const who of [undefined, {}, { x509Name: 'CN=a' }, { pid: 5, uid: 1 }]) {
    assert.equal((await ask(who)).allowed, false);
  }
  assert.equal(questions.length, 1);
  answer = async () => ({ authorized: false, challenge: true, dismissed: false });
  assert.equal((await ask(identity)).allowed, false);
  answer = () => Promise.reject(new Error('the bus is gone'));
  assert.equal((await ask(identity)).allowed, false);
  assert.match(
    failures.at(-1) ?? '',
    /org\.libvirt\.api\.domain\.read for user:1000 \(process 4711\): .*the bus is gone/,
  );
});

test('of several policies each must allow, and later ones are not asked about what is denied', async () => {
  const asked: string[] = [];
  const named = (name: string, allowed: boolean, later = false) => ({
    check: () => {
      asked.push(name);
      const decision = { allowed, rule: name };
      return later ? Promise.resolve(decision) : decision;
    },
    mayEver: () => allowed,
  });
  const request = { identity, driver: 'TEST', object: domain, permission: 'read', purpose: 'call' } as const;
  const question = { identity, driver: 'TEST', kind: 'domain', permission: 'read' } as const;

  assert.deepEqual(await allOf([named('a', true), named('b', true, true)]).check(request), {
    allowed: true,
    rule: 'a; b',
  });
  assert.deepEqual(await allOf([named('c', false, true), named('d', true)]).check(request), {
    allowed: false,
    rule: 'c',
  });
  assert.deepEqual(await allOf([named('e', true), named('f', false)]).check(request), { allowed: false, rule: 'f' });
  assert.deepEqual(asked, ['a', 'b', 'c', 'e', 'f']);
  assert.equal(await allOf([named('g', true), named('h', false)]).mayEver(question), false);
  assert.equal((await allOf([]).check(request)).allowed, true);
});
