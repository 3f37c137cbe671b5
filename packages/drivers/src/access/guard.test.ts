import assert from 'node:assert/strict';
import test from 'node:test';
import { type CallContext, type Driver, lxc, qemu, remote } from '@virtwire/protocol';
import { ErrorCode, ErrorDomain, LibvirtError, type Procedure } from '@virtwire/rpc';
import { aclOf } from './acl-column.ts';
import { guard, MAX_DOCUMENT_CHARACTERS } from './guard.ts';
import type { AccessPolicy, AccessRequest } from './policy.ts';
import { kindOf } from './subject.ts';

const procedures = [remote, qemu, lxc].flatMap((rows) =>
  Object.values(rows).filter((row): row is Procedure => row.kind === 'procedure'),
);

const uuid = '11111111-1111-1111-1111-111111111111';
const dom = { name: 'one', uuid, id: 1 };
const net = { name: 'lan', uuid };
const pool = { name: 'images', uuid };
const vol = { pool: 'images', name: 'disk', key: '/images/disk' };
const iface = { name: 'eth0', mac: '52:54:00:00:00:01' };
const secret = { uuid, usageType: 1, usageID: '/images/disk' };
const nwfilter = { name: 'clean', uuid, portdev: 'vnet0', filtername: 'clean' };
const port = { net, uuid };
const dev = { name: 'pci_0' };
const domainXml = `<domain type='test'><name>one</name><uuid>${uuid}</uuid></domain>`;

const documents: Readonly<Record<string, string>> = {
  domain: domainXml,
  network: `<network><name>lan</name><uuid>${uuid}</uuid></network>`,
  network_port: `<networkport><uuid>${uuid}</uuid></networkport>`,
  interface: `<interface type='ethernet' name='eth0'/>`,
  node_device: `<device><name>x</name></device>`,
  nwfilter: `<filter name='clean'><uuid>${uuid}</uuid></filter>`,
  nwfilter_binding: `<filterbinding><portdev name='vnet0'/><filterref filter='clean'/></filterbinding>`,
  secret: `<secret><uuid>${uuid}</uuid><usage type='volume'><volume>/images/disk</volume></usage></secret>`,
  storage_pool: `<pool type='dir'><name>images</name><uuid>${uuid}</uuid></pool>`,
  storage_vol: `<volume><name>new</name></volume>`,
};

// More arguments than any call has: each takes its own.
function argumentsFor(procedure: Procedure, flags: number): Record<string, unknown> {
  const xml = documents[kindOf(aclOf(procedure)?.rules ?? []) ?? ''] ?? '';
  return {
    dom,
    snap: { name: 's', dom },
    snapshot: { name: 's', dom },
    checkpoint: { name: 'c', dom },
    net,
    network: net,
    port,
    iface,
    name: 'one',
    dev,
    nwfilter,
    secret,
    pool,
    vol,
    clonevol: vol,
    xml,
    xml_desc: xml,
    dxml: domainXml,
    dom_xml: domainXml,
    dname: 'one',
    file: '/f',
    from: '/f',
    params: [],
    maxnames: 10,
    maxids: 10,
    maxuuids: 10,
    need_results: 1,
    flags,
    source: 1,
  };
}

const lists: Readonly<Record<string, unknown>> = {
  domains: [dom],
  nets: [net],
  pools: [pool],
  devices: [dev],
  ifaces: [iface],
  secrets: [secret],
  filters: [nwfilter],
  bindings: [nwfilter],
  ports: [port],
  vols: [vol],
  names: ['one'],
  ids: [1],
  uuids: [uuid],
  retStats: [{ dom, params: [] }],
  ret: 1,
};
const lookups: Readonly<Record<string, unknown>> = {
  domain: { dom },
  network: { net },
  networkPort: { port },
  storagePool: { pool },
  storageVol: { vol },
  interface: { iface },
  secret: { secret },
  nwfilter: { nwfilter },
  nwfilterBinding: { nwfilter },
  nodeDevice: { dev },
};

/** Knows one object of each kind, and says yes to everything. */
const driver: Driver & { readonly made: string[] } = {
  made: [],
  call(procedure) {
    driver.made.push(procedure.name);
    const kind = /^(\w+?)LookupBy|^(nodeDevice)LookupScsi/.exec(procedure.name);
    if (kind !== null && !/^domain(Snapshot|Checkpoint)/.test(procedure.name)) {
      return lookups[kind[1] ?? kind[2] ?? ''] as never;
    }
    if (procedure === (remote.domainSaveImageGetXmlDesc as Procedure)) return { xml: domainXml } as never;
    return (/List|AllDomainStats/.test(procedure.name) ? lists : { passed: true }) as never;
  },
  subscribe: () => () => undefined,
  close: () => undefined,
};

type Verdict = (request: AccessRequest) => boolean;
const policyOf = (allows: Verdict, later = false): AccessPolicy => ({
  check: (request) => {
    const decision = { allowed: allows(request), rule: 'test' };
    return later ? Promise.resolve(decision) : decision;
  },
  mayEver: () => true,
});
const guarded = (policy: AccessPolicy) => guard(driver, { policy, driver: () => 'TEST' });
const context: CallContext = { identity: { uid: 1000 } };

const outcome = async (policy: AccessPolicy, procedure: Procedure, args: unknown): Promise<unknown> => {
  try {
    return await guarded(policy).call(procedure, args, context);
  } catch (error) {
    return error;
  }
};

function isDenied(value: unknown): boolean {
  return (
    value instanceof LibvirtError &&
    value.code === ErrorCode.AccessDenied &&
    value.domain === ErrorDomain.Access &&
    value.message === `access denied: 'TEST' denied access`
  );
}

test('each permission denied in turn: the call is refused with code 88, or its answer is empty', async () => {
  for (const later of [false, true]) {
    for (const procedure of procedures) {
      const acl = aclOf(procedure);
      for (const rule of acl?.rules ?? []) {
        const flags = [0, 1, 2, 3, 8, 64].find((value) => rule.applies({ flags: value, source: 1 })) ?? -1;
        const policy = policyOf(({ object, permission, purpose }) => {
          return !(purpose === 'call' && object.kind === rule.kind && permission === rule.permission);
        }, later);
        assert.ok(
          isDenied(await outcome(policy, procedure, argumentsFor(procedure, flags))),
          `${procedure.name} without ${rule.kind}:${rule.permission}`,
        );
      }
      if (acl?.filter === null || acl?.filter === undefined || /Register/.test(procedure.name)) continue;
      const { permission } = acl.filter;
      const policy = policyOf(
        ({ purpose, permission: wanted }) => !(purpose === 'list' && wanted === permission),
        later,
      );
      const answer = (await outcome(policy, procedure, argumentsFor(procedure, 0))) as Record<string, unknown>;
      if (/NumOf/.test(procedure.name)) assert.equal(answer['num'], 0, procedure.name);
      else if (/ListAll/.test(procedure.name)) assert.equal(answer['ret'], 0, procedure.name);
      assert.ok(isEmpty(procedure, answer), procedure.name);
    }
  }
});

// The stand-in gives the lists of all kinds in each answer; a list of names has its own field alone.
function isEmpty(procedure: Procedure, answer: Record<string, unknown>): boolean {
  const fields = Object.keys(answer).filter((field) => procedure.ret.shape.includes(`${field}:`));
  return fields.every((field) => !Array.isArray(answer[field]) || (answer[field] as unknown[]).length === 0);
}

test('with all permissions every call passes, at once when the policy knows at once', async () => {
  for (const procedure of procedures) {
    if (/Event(Callback)?Register(Any)?$|MonitorEventRegister$/.test(procedure.name)) continue;
    const answer = guarded(policyOf(() => true)).call(procedure, argumentsFor(procedure, 0), context);
    assert.ok(!(answer instanceof Promise), procedure.name);
    assert.notEqual(answer, undefined);
    const promised = guarded(policyOf(() => true, true)).call(procedure, argumentsFor(procedure, 0), context);
    const waits = (aclOf(procedure)?.rules.length ?? 0) > 0;
    assert.equal((promised as unknown) instanceof Promise, waits, procedure.name);
    await promised;
  }
});

test('a denied call never reaches the driver; a lookup is made and kept back', async () => {
  for (const procedure of procedures) {
    if (/LookupBy|LookupScsi/.test(procedure.name) && !/Snapshot|Checkpoint/.test(procedure.name)) continue;
    if ((aclOf(procedure)?.rules.length ?? 0) === 0) continue;
    driver.made.length = 0;
    assert.ok(
      isDenied(
        await outcome(
          policyOf(() => false),
          procedure,
          argumentsFor(procedure, 0),
        ),
      ),
      procedure.name,
    );
    const others = driver.made.filter((name) => !/LookupBy/.test(name) && name !== 'domainSaveImageGetXmlDesc');
    assert.deepEqual(others, [], procedure.name);
  }
});

test('a policy that fails has denied, and its error stays inside', async () => {
  const failing: AccessPolicy = {
    check: () => {
      throw new Error('secret of the policy');
    },
    mayEver: () => {
      throw new Error('secret of the policy');
    },
  };
  const rejecting: AccessPolicy = {
    check: () => Promise.reject(new Error('secret of the policy')),
    mayEver: () => Promise.reject(new Error('secret of the policy')),
  };
  for (const policy of [failing, rejecting]) {
    for (const procedure of [remote.domainDestroy, remote.domainDefineXml, remote.domainLookupByName]) {
      assert.ok(isDenied(await outcome(policy, procedure, argumentsFor(procedure, 0))));
    }
  }
});

test('a procedure whose row says nothing is refused', async () => {
  const { acl: _acl, ...row } = remote.domainDestroy;

  assert.ok(
    isDenied(
      await outcome(
        policyOf(() => true),
        row as Procedure,
        { dom },
      ),
    ),
  );
});

test('the driver sees its own references, whatever the client has put into the other fields', async () => {
  const seen: unknown[] = [];
  const recording: Driver = {
    ...driver,
    call(procedure, args, given) {
      if (!/Lookup/.test(procedure.name)) seen.push(args);
      return driver.call(procedure, args, given);
    },
  };
  const guardedDriver = guard(recording, {
    policy: policyOf(({ object }) => object.name !== 'mine'),
    driver: () => 'TEST',
  });

  await guardedDriver.call(remote.domainDestroy, { dom: { name: 'mine', uuid, id: 99 } }, context);
  await guardedDriver.call(
    remote.domainRevertToSnapshot,
    { snap: { name: 's', dom: { name: 'mine', uuid, id: 99 } }, flags: 0 },
    context,
  );
  await guardedDriver.call(remote.storageVolDelete, { vol: { ...vol, key: '/etc/passwd' }, flags: 0 }, context);

  assert.deepEqual(seen, [{ dom }, { snap: { name: 's', dom }, flags: 0 }, { vol, flags: 0 }]);
});

// CVE-2025-12748: the document of a client without rights was parsed whole before anybody asked.
test('a document is not looked at for a client who could not use it, nor a long one without write on the connection', async () => {
  const never: AccessPolicy = { check: () => ({ allowed: false, rule: 'none' }), mayEver: () => false };
  const broken = '<domain>'.repeat(100_000);
  const long = `${domainXml}<!--${'x'.repeat(MAX_DOCUMENT_CHARACTERS)}-->`;
  const writer = policyOf(({ object, permission }) => object.kind !== 'connect' || permission !== 'write');

  assert.ok(isDenied(await outcome(never, remote.domainDefineXml, { xml: broken })));
  assert.ok(isDenied(await outcome(writer, remote.domainDefineXml, { xml: long })));
  assert.deepEqual(
    await outcome(
      policyOf(() => true),
      remote.domainDefineXml,
      { xml: long },
    ),
    { passed: true },
  );
  const parsed = await outcome(
    policyOf(() => true),
    remote.domainDefineXml,
    { xml: broken },
  );
  assert.ok(parsed instanceof LibvirtError && parsed.code === ErrorCode.XmlDetail);
});

// CVE-2019-10161: whoever may not read saved images must not learn which files there are.
test('no file of the host is opened for a client who has no use of it', async () => {
  const never: AccessPolicy = { check: () => ({ allowed: false, rule: 'none' }), mayEver: () => false };
  driver.made.length = 0;

  for (const procedure of [remote.domainSaveImageGetXmlDesc, remote.domainRestore, remote.domainSaveImageDefineXml]) {
    assert.ok(isDenied(await outcome(never, procedure, argumentsFor(procedure, 0))));
  }
  assert.deepEqual(driver.made, []);
});

// CVE-2014-7823, CVE-2015-0236: secrets came out by another flag than the one that was guarded.
test('whatever shows secrets asks for read_secure', async () => {
  const policy = policyOf(({ permission }) => permission !== 'read_secure');
  const cases: readonly (readonly [Procedure, number])[] = [
    [remote.domainGetXmlDesc, 1],
    [remote.domainGetXmlDesc, 8],
    [remote.domainSnapshotGetXmlDesc, 1],
    [remote.domainCheckpointGetXmlDesc, 1],
    [remote.domainManagedSaveGetXmlDesc, 1],
    [remote.domainSaveImageGetXmlDesc, 1],
    [remote.secretGetValue, 0],
  ];
  for (const [procedure, flags] of cases) {
    assert.ok(isDenied(await outcome(policy, procedure, argumentsFor(procedure, flags))), procedure.name);
    if (flags !== 0) {
      assert.ok(!isDenied(await outcome(policy, procedure, argumentsFor(procedure, 0))), procedure.name);
    }
  }
});

test('a copy of a volume needs leave to read the original', async () => {
  const policy = policyOf(({ object, permission }) => !(object.name === 'disk' && permission === 'data_read'));

  assert.ok(
    isDenied(await outcome(policy, remote.storageVolCreateXmlFrom, argumentsFor(remote.storageVolCreateXmlFrom, 0))),
  );
});

test('a parameter that occurs twice is refused: nobody knows which one the driver takes', async () => {
  const text = (value: string) => ({ field: 'file', value: { type: 7, value } });

  const error = await outcome(
    policyOf(() => true),
    remote.domainRestoreParams,
    {
      params: [text('/mine'), text('/theirs')],
      flags: 0,
    },
  );

  assert.ok(error instanceof LibvirtError && error.code === ErrorCode.InvalidArg);
});
