import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { type CallContext, domainEvents, type Driver, remote } from '@virtwire/protocol';
import { ErrorCode, LibvirtError, type Procedure } from '@virtwire/rpc';
import { testDriver } from '../test/index.ts';
import { guard, type GuardedDriver } from './guard.ts';
import type { AccessPolicy, AccessRequest } from './policy.ts';

const context: CallContext = { identity: { uid: 1000 } };

function missing(path: string): never {
  throw Object.assign(new Error(path), { code: 'ENOENT' });
}

async function openDriver(): Promise<Driver> {
  const driver = await testDriver({ readFile: missing, writeFile: missing }).open('test:///default', {});
  for (const name of ['web-1', 'web-2', 'db']) {
    await driver.call(remote.domainDefineXml, { xml: domainXml(name) }, {});
  }
  return driver;
}

function domainXml(name: string, more = ''): string {
  return `<domain type='test'><name>${name}</name><memory>8192</memory><os><type>hvm</type></os>${more}</domain>`;
}

function behind(driver: Driver, allows: (request: AccessRequest) => boolean, later = false): GuardedDriver {
  const policy: AccessPolicy = {
    check: (request) => {
      const decision = { allowed: allows(request), rule: 'test' };
      return later ? Promise.resolve(decision) : decision;
    },
    mayEver: () => true,
  };
  return guard(driver, { policy, driver: () => 'TEST' });
}

const webOnly = ({ object }: AccessRequest): boolean => object.kind !== 'domain' || object.name.startsWith('web-');
const denied = { code: ErrorCode.AccessDenied, message: "access denied: 'TEST' denied access" };

for (const later of [false, true]) {
  const when = later ? 'a policy that has to think' : 'a policy that knows at once';

  test(`lists, counts and statistics leave out what may not be seen: ${when}`, async () => {
    const driver = behind(await openDriver(), webOnly, later);
    await driver.call(remote.domainCreate, { dom: await lookup(driver, 'web-1') }, context);

    const all = await driver.call(remote.connectListAllDomains, { need_results: 1, flags: 0 }, context);
    const counted = await driver.call(remote.connectListAllDomains, { need_results: 0, flags: 0 }, context);
    const defined = await driver.call(remote.connectListDefinedDomains, { maxnames: 10 }, context);
    const cut = await driver.call(remote.connectListDefinedDomains, { maxnames: 0 }, context);
    const ids = await driver.call(remote.connectListDomains, { maxids: 10 }, context);
    const stats = await driver.call(remote.connectGetAllDomainStats, { doms: [], stats: 0, flags: 0 }, context);

    assert.deepEqual(all.domains.map(({ name }) => name).sort(), ['web-1', 'web-2']);
    assert.equal(all.ret, 2);
    assert.deepEqual(counted, { domains: [], ret: 2 });
    assert.deepEqual(defined.names, ['web-2']);
    assert.deepEqual(cut.names, []);
    assert.equal(ids.ids.length, 1);
    assert.deepEqual(stats.retStats.map(({ dom }) => dom.name).sort(), ['web-1', 'web-2']);
    assert.deepEqual(await driver.call(remote.connectNumOfDefinedDomains, {}, context), { num: 1 });
    assert.deepEqual(await driver.call(remote.connectNumOfDomains, {}, context), { num: 1 });
  });

  test(`a lookup tells a hidden domain from one that is not there, by code: ${when}`, async () => {
    const driver = behind(await openDriver(), webOnly, later);

    await assert.rejects(async () => lookup(driver, 'db'), denied);
    await assert.rejects(async () => lookup(driver, 'nobody'), { code: ErrorCode.NoDomain });
    assert.equal((await lookup(driver, 'web-1')).name, 'web-1');
  });

  test(`a borrowed name does not help: ${when}`, async () => {
    const inner = await openDriver();
    const driver = behind(inner, webOnly, later);
    const { dom } = await inner.call(remote.domainLookupByName, { name: 'db' }, {});

    await assert.rejects(
      async () => driver.call(remote.domainUndefine, { dom: { ...dom, name: 'web-1' } }, context),
      denied,
    );
    assert.equal((await inner.call(remote.domainLookupByName, { name: 'db' }, {})).dom.name, 'db');
  });

  test(`events of hidden domains are not delivered, the others in order: ${when}`, async () => {
    const inner = await openDriver();
    const driver = behind(inner, webOnly, later);
    const seen: string[] = [];
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    const unsubscribe = await driver.subscribe(
      domainEvents.lifecycle,
      null,
      ({ dom, event }) => {
        seen.push(`${dom.name} ${event}`);
        if (seen.length === 4) resolve();
      },
      context,
    );

    for (const name of ['web-1', 'db', 'web-2']) {
      const dom = await lookup(inner, name);
      await inner.call(remote.domainCreate, { dom }, {});
      await inner.call(remote.domainDestroy, { dom }, {});
    }
    await enough;
    unsubscribe();

    assert.deepEqual(seen, ['web-1 2', 'web-1 5', 'web-2 2', 'web-2 5']);
  });
}

test('after the end of a subscription nothing is delivered, not even what waits for a decision', async () => {
  const inner = await openDriver();
  const decide: (() => void)[] = [];
  const policy: AccessPolicy = {
    check: ({ purpose }) =>
      purpose === 'call'
        ? { allowed: true, rule: '' }
        : new Promise((resolve) => decide.push(() => resolve({ allowed: true, rule: '' }))),
    mayEver: () => true,
  };
  const driver = guard(inner, { policy, driver: () => 'TEST' });
  let delivered = 0;
  const unsubscribe = await driver.subscribe(domainEvents.lifecycle, null, () => delivered++, context);
  await inner.call(remote.domainCreate, { dom: await lookup(inner, 'db') }, {});
  await new Promise(setImmediate);
  assert.ok(decide.length > 0);

  unsubscribe();
  for (const go of decide) go();
  await new Promise(setImmediate);

  assert.equal(delivered, 0);
});

test('whoever may define one domain may not take over another, by its UUID or by its name', async () => {
  const inner = await openDriver();
  const driver = behind(inner, webOnly);
  const { dom } = await inner.call(remote.domainLookupByName, { name: 'db' }, {});

  for (const xml of [domainXml('db'), domainXml('web-9', `<uuid>${dom.uuid}</uuid>`), domainXml('dbx')]) {
    assert.throws(() => driver.call(remote.domainDefineXml, { xml }, context), denied);
    assert.throws(() => driver.call(remote.domainCreateXml, { xml_desc: xml, flags: 0 }, context), denied);
  }
  const made = await driver.call(remote.domainDefineXml, { xml: domainXml('web-9') }, context);
  assert.equal(made.dom.name, 'web-9');
});

test('tags are those of the object that is there, whatever a new definition claims', async () => {
  const inner = await openDriver();
  const tagged = (owner: string) =>
    `<metadata><v:tags xmlns:v="urn:virtwire:tags"><v:tag>owner=${owner}</v:tag></v:tags></metadata>`;
  const uuid = '22222222-2222-2222-2222-222222222222';
  await inner.call(remote.domainDefineXml, { xml: domainXml('theirs', `<uuid>${uuid}</uuid>${tagged('bob')}`) }, {});
  const policy: AccessPolicy = {
    check: async ({ object }) => ({
      allowed: object.kind !== 'domain' || ((await object.tags?.()) ?? []).includes('owner=alice'),
      rule: 'test',
    }),
    mayEver: () => true,
  };
  const driver = guard(inner, { policy, driver: () => 'TEST' });

  await driver.call(remote.domainDefineXml, { xml: domainXml('mine', tagged('alice')) }, context);
  const { domains } = await driver.call(remote.connectListAllDomains, { need_results: 1, flags: 0 }, context);

  assert.deepEqual(
    domains.map(({ name }) => name),
    ['mine'],
  );
  await assert.rejects(
    async () =>
      driver.call(
        remote.domainDefineXml,
        { xml: domainXml('theirs', `<uuid>${uuid}</uuid>${tagged('alice')}`) },
        context,
      ),
    denied,
  );
});

// CVE-2021-3667: a denial left a lock behind, and the daemon hung at the next call.
test('after each denied call the same object answers another client at once', async () => {
  const inner = await openDriver();
  const nobody = behind(inner, ({ object }) => object.kind === 'connect');
  const everybody = behind(inner, () => true);
  const { pools } = await inner.call(remote.connectListAllStoragePools, { need_results: 1, flags: 0 }, {});
  const pool = pools[0];
  assert.ok(pool !== undefined);

  for (const [procedure, args] of [
    [remote.storagePoolLookupByName, { name: pool.name }],
    [remote.storagePoolRefresh, { pool, flags: 0 }],
    [remote.storagePoolGetInfo, { pool }],
    [remote.domainLookupByName, { name: 'db' }],
  ] as const) {
    assert.throws(() => nobody.call(procedure as Procedure, args, context), denied);
    assert.ok(!((everybody.call(procedure as Procedure, args, context) as unknown) instanceof Promise));
  }
});

test('who is allowed everything gets what the driver answers', async () => {
  const golden = JSON.parse(
    readFileSync(new URL('../../../../golden/test-driver/calls.json', import.meta.url), 'utf8'),
    (_key, value: unknown) => {
      if (typeof value !== 'object' || value === null) return value;
      if ('big' in value) return BigInt(value.big as string);
      if ('bytes' in value) return Uint8Array.from(Buffer.from(value.bytes as string, 'hex'));
      return value;
    },
  ) as {
    readonly scenarios: readonly { readonly steps: readonly { readonly call: string; readonly args: unknown }[] }[];
  };
  const rows = remote as unknown as Readonly<Record<string, Procedure>>;
  let compared = 0;
  for (const { steps } of golden.scenarios) {
    const [plain, inner] = [await freshDriver(), await freshDriver()];
    const driver = behind(inner, () => true);
    for (const step of steps) {
      const procedure = rows[step.call];
      if (procedure === undefined) continue;
      const [wanted, given] = [
        await outcomeOf(plain, procedure, step.args),
        await outcomeOf(driver, procedure, step.args),
      ];
      assert.equal(given.ok, wanted.ok, step.call);
      // A saved image is opened for its domain's name before the driver sees the flags.
      if (!wanted.ok && !/Restore|SaveImage/.test(step.call))
        assert.equal(given.code, wanted.code, `${step.call}: ${given.text}`);
      compared++;
    }
  }
  assert.ok(compared > 700);
});

async function freshDriver(): Promise<Driver> {
  return testDriver({ readFile: missing, writeFile: missing }).open('test:///default', {});
}

async function outcomeOf(driver: Driver, procedure: Procedure, args: unknown) {
  try {
    await driver.call(procedure, args, context);
    return { ok: true, code: 0, text: '' };
  } catch (error) {
    assert.ok(error instanceof LibvirtError, String(error));
    return { ok: false, code: error.code, text: error.message };
  }
}

async function lookup(driver: Driver, name: string) {
  const { dom } = await driver.call(remote.domainLookupByName, { name }, context);
  return dom;
}
