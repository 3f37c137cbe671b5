import assert from 'node:assert/strict';
import test from 'node:test';
import type { AccessKind, AccessObject } from '@virtwire/drivers/access';
import type { Identity } from '@virtwire/protocol';
import { permissionGroups } from './permission-groups.ts';
import { parseRules } from './rules-file.ts';
import { rulesPolicy } from './rules-policy.ts';
import { commonName, identityText } from './who.ts';

const uuid = '6695eb01-f6a4-8304-79aa-97f2502e193f';
const auditor: Identity = { x509Name: 'C=GB,O=Acme,CN=auditor' };
const operator: Identity = { uid: 1001, unixUser: 'olga', unixGroups: ['users', 'ops'] };
const alice: Identity = { saslUser: 'alice' };

function object(kind: AccessKind, name = '', more: Partial<AccessObject> = {}): AccessObject {
  return { kind, name, uuid, ...more };
}

/** Asks `permission` on an object. @returns `+ place` or `- place` */
function asker(rules: string, ownUid: number | null = null) {
  const policy = rulesPolicy(parseRules(rules, 'f'), ownUid);
  const ask = async (identity: Identity | undefined, permission: string, on: AccessObject) => {
    const { allowed, rule } = await policy.check({ identity, driver: 'TEST', object: on, permission, purpose: 'call' });
    return `${allowed ? '+' : '-'} ${rule}`;
  };
  return Object.assign(ask, { policy });
}

const example = `rules:
  - who: cn:auditor
    may: view
  - who: group:ops
    may-not: stop
    on: domain web-9
  - who: group:ops
    may: [ view, operate ]
    on: domain web-*
  - who: anyone
    may: manage
    on: domain $user-*
`;

test('the first rule that fits decides; nothing else is allowed', async () => {
  const ask = asker(example);

  assert.equal(await ask(auditor, 'read', object('domain', 'db')), '+ f:2');
  assert.equal(await ask(auditor, 'read_secure', object('domain', 'db')), '- no rule allows it');
  assert.equal(await ask(auditor, 'start', object('domain', 'web-1')), '- no rule allows it');
  assert.equal(await ask(operator, 'start', object('domain', 'web-9')), '+ f:7');
  assert.equal(await ask(operator, 'stop', object('domain', 'web-9')), '- f:4');
  assert.equal(await ask(operator, 'stop', object('domain', 'web-1')), '+ f:7');
  assert.equal(await ask(operator, 'delete', object('domain', 'web-1')), '- no rule allows it');
  assert.equal(await ask(operator, 'start', object('network', 'web-1')), '- no rule allows it');
  assert.equal(await ask(alice, 'delete', object('domain', 'alice-1')), '+ f:10');
  assert.equal(await ask(operator, 'delete', object('domain', 'olga-1')), '+ f:10');
  assert.equal(await ask(alice, 'delete', object('domain', 'olga-1')), '- no rule allows it');
  assert.equal(await ask(undefined, 'read', object('domain', '-1')), '- no rule allows it');
});

test('whoever a rule allows something may open and list its kinds, unless a rule says otherwise', async () => {
  const ask = asker(example);
  const locked = asker(
    'rules:\n  - who: anyone\n    may-not: manage\n    on: connect\n  - who: anyone\n    may: view\n',
  );

  assert.equal(await ask(alice, 'getattr', object('connect')), '+ f:10, implied');
  assert.equal(await ask(alice, 'search_domains', object('connect')), '+ f:10, implied');
  assert.equal(await ask(alice, 'search_networks', object('connect')), '- no rule allows it');
  assert.equal(await ask(alice, 'write', object('connect')), '- no rule allows it');
  assert.equal(await ask(auditor, 'search_networks', object('connect')), '+ f:2');
  assert.equal(await locked(alice, 'getattr', object('connect')), '- f:2');
  assert.equal(await asker('rules: []\n')(alice, 'getattr', object('connect')), '- no rule allows it');
});

test('the superuser and the user of the daemon may do what no rule denies', async () => {
  const ask = asker('rules:\n  - who: user:0\n    may-not: delete\n', 1000);

  assert.match(await ask({ uid: 0 }, 'start', object('domain', 'x')), /^\+ built in/);
  assert.equal(await ask({ uid: 0 }, 'delete', object('domain', 'x')), '- f:2');
  assert.match(await ask({ uid: 1000 }, 'start', object('domain', 'x')), /^\+ built in/);
  assert.equal(await ask({ uid: 1001 }, 'start', object('domain', 'x')), '- no rule allows it');
  assert.equal(await ask({ saslUser: 'root' }, 'start', object('domain', 'x')), '- no rule allows it');
});

test('patterns of names, UUIDs, tags, volumes and ports', async () => {
  const ask = asker(`rules:
  - who: anyone
    may: manage
    on: [ volume images/web-*, domain uuid=6695eb01-*, domain tag=team=web, domain tag=owner=$user, network_port lan/*, secret uuid=6695eb01-* ]
`);
  const other = { uuid: '11111111-1111-1111-1111-111111111111' };
  const tagged = (...tags: string[]) => object('domain', 'x', { ...other, tags: () => tags });
  const later = (...tags: string[]) => object('domain', 'x', { ...other, tags: () => Promise.resolve(tags) });
  const allowed = async (on: AccessObject, identity = alice) => (await ask(identity, 'read', on)).startsWith('+');

  assert.ok(await allowed(object('storage_vol', 'web-1', { parent: { name: 'images', uuid } })));
  assert.ok(!(await allowed(object('storage_vol', 'web-1', { parent: { name: 'other', uuid } }))));
  assert.ok(await allowed(object('domain', 'whatever')));
  assert.ok(!(await allowed(object('domain', 'x', other))));
  assert.ok(await allowed(tagged('a', 'team=web')));
  assert.ok(await allowed(later('a', 'owner=alice')));
  assert.ok(!(await allowed(later('owner=bob'))));
  assert.ok(!(await allowed(later('owner='), auditor)));
  assert.ok(await allowed(object('network_port', '', { parent: { name: 'lan', uuid } })));
  assert.ok(await allowed(object('secret')));
});

test('a name with signs of patterns in it stands for nobody', async () => {
  const ask = asker('rules:\n  - who: anyone\n    may: manage\n    on: domain $user-*\n');

  for (const identity of [{ saslUser: '*' }, { saslUser: '' }, { x509Name: 'CN=a*' }, {}]) {
    assert.equal(await ask(identity, 'read', object('domain', 'db-1')), '- no rule allows it');
  }
  // Dollars of a replacement are no signs either.
  assert.equal(await ask({ saslUser: '$&' }, 'read', object('domain', '$&-1')), '+ f:2');
});

test('a policy says whether somebody could ever have a permission', () => {
  const { policy } = asker(example);
  const ever = (identity: Identity | undefined, kind: AccessKind, permission: string) =>
    policy.mayEver({ identity, driver: 'TEST', kind, permission });

  assert.equal(ever(operator, 'domain', 'write'), true);
  assert.equal(ever(operator, 'network', 'write'), false);
  assert.equal(ever(auditor, 'storage_pool', 'read'), true);
  assert.equal(ever({ uid: 0 }, 'secret', 'read_secure'), true);
});

test('new rules count for clients that are connected', async () => {
  const ask = asker('rules: []\n');
  assert.equal(await ask(alice, 'read', object('domain', 'x')), '- no rule allows it');

  ask.policy.replace(parseRules('rules:\n  - who: sasl:alice\n    may: view\n', 'f'));

  assert.equal(await ask(alice, 'read', object('domain', 'x')), '+ f:2');
});

test('the common name is that of the certificate, whatever its other parts say', () => {
  assert.equal(commonName('C=GB,O=Acme,CN=client1'), 'client1');
  assert.equal(commonName('C=GB,O=x\\,CN\\=admin,CN=bob'), 'bob');
  assert.equal(commonName('O=x\\,CN=admin'), undefined);
  assert.equal(commonName('CN=a\\,b+UID=7'), 'a,b');
  assert.equal(commonName('O=Acme'), undefined);
  assert.equal(commonName(undefined), undefined);
});

test('who a client is, in words', () => {
  assert.equal(identityText({ saslUser: 'alice', x509Name: 'CN=x', address: '1.2.3.4:5' }), 'sasl:alice x509:CN=x');
  assert.equal(identityText({ uid: 7, pid: 9, address: 'unix' }), 'user:7 (process 9)');
  assert.equal(identityText({ address: '1.2.3.4:5' }), '1.2.3.4:5');
  assert.equal(identityText(undefined), 'nobody known');
});

test('the groups of permissions hold what they say', () => {
  const { view, operate, console, manage } = permissionGroups;

  assert.ok(view?.permissions.has('domain:read') && view.permissions.has('connect:search_domains'));
  assert.ok(!view?.permissions.has('domain:read_secure') && !view?.permissions.has('secret:read_secure'));
  for (const changing of ['write', 'save', 'delete', 'start', 'read_secure', 'mem_read', 'block_read']) {
    assert.ok(!view?.permissions.has(`domain:${changing}`), changing);
  }
  assert.ok(operate?.permissions.has('domain:start') && !operate.permissions.has('domain:write'));
  assert.ok(!operate?.permissions.has('connect:pm_control'));
  assert.ok(console?.permissions.has('domain:open_device') && !console.permissions.has('domain:start'));
  assert.equal(manage?.permissions.size, 106);
});
