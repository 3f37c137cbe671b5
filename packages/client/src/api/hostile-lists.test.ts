// Lists of a server that repeats itself, leaves things out, or sends more than it may.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remote } from '@virtwire/protocol';
import { ErrorCode, Reader } from '@virtwire/rpc';
import { open } from '../open.ts';
import { type MemoryAnswers, MemoryDaemon } from '../testing/memory-daemon.ts';

const dom = { name: 'one', uuid: '00000000-0000-0000-0000-000000000001', id: 1 };

async function started(answers: MemoryAnswers) {
  const daemon = new MemoryDaemon({ answers: { domainLookupByName: () => ({ dom }), ...answers } });
  const connection = await open('test+unix:///default', {}, daemon.means());
  return { connection, domain: await connection.lookupDomainByName('one') };
}

const address = { type: 0, addr: '192.0.2.1', prefix: 24 };
const nic = (name: string, addrs: readonly object[], hwaddr: string | null = '52:54:00:00:00:01') => ({
  name,
  hwaddr,
  addrs,
});

test('interfaces that come twice, without name, address or MAC are given as they come', async () => {
  const ifaces = [
    nic('eth0', [address]),
    nic('eth0', [address, address], null),
    nic('', []),
    nic('__proto__', [{ type: 99, addr: '', prefix: 0xffff_ffff }]),
  ];
  const { connection, domain } = await started({ domainInterfaceAddresses: () => ({ ifaces }) });
  await using _ = connection;

  const given = await domain.interfaceAddresses(1);

  assert.deepEqual(
    given.map(({ name, mac, addresses }) => [name, mac, addresses.length]),
    [
      ['eth0', '52:54:00:00:00:01', 1],
      ['eth0', null, 2],
      ['', '52:54:00:00:00:01', 0],
      ['__proto__', '52:54:00:00:00:01', 1],
    ],
  );
  assert.equal(({} as Record<string, unknown>)['addresses'], undefined);
});

// Written word by word, for our own server's end would not send them.
const words = (values: readonly number[]) => {
  const bytes = new Uint8Array(values.length * 4);
  for (const [index, value] of values.entries()) new DataView(bytes.buffer).setUint32(index * 4, value);
  return bytes;
};
const noName = 0;
const noMac = 0;
const interfaces = (count: number) => [count, ...Array.from({ length: count }, () => [noName, noMac, 0]).flat()];
const addresses = (count: number) => [
  1,
  noName,
  noMac,
  count,
  ...Array.from({ length: count }, () => [0, 0, 24]).flat(),
];

for (const [what, list, most] of [
  ['interfaces', interfaces, 2048],
  ['addresses of one interface', addresses, 2048],
] as const) {
  test(`${most} ${what} are taken, one more is an error and no list`, () => {
    const { ret } = remote.domainInterfaceAddresses;
    const decode = (count: number) => ret.decode(new Reader(words(list(count))));

    assert.equal(decode(most).ifaces.length, what === 'interfaces' ? most : 1);
    for (const count of [most + 1, 100_000]) assert.throws(() => decode(count), { code: ErrorCode.Rpc });
    assert.throws(() => ret.decode(new Reader(words([0x7fff_ffff]))), { code: ErrorCode.Rpc });
  });
}

test('parameters that come twice, or are named as what every object has, harm nobody', async () => {
  const params = [
    { field: 'cpu_shares', value: { type: 4, value: 1n } },
    { field: 'cpu_shares', value: { type: 1, value: 2 } },
    { field: '__proto__', value: { type: 7, value: 'polluted' } },
    { field: 'constructor', value: { type: 1, value: 3 } },
    { field: '', value: { type: 6, value: 1 } },
  ];
  const { connection, domain } = await started({
    domainGetSchedulerType: () => ({ type: 'posix', nparams: 5 }),
    domainGetSchedulerParametersFlags: () => ({ params }),
  });
  await using _ = connection;

  const given = await domain.getSchedulerParametersFlags(5);

  assert.deepEqual(
    [...given],
    [
      ['cpu_shares', 2],
      ['__proto__', 'polluted'],
      ['constructor', 3],
      ['', true],
    ],
  );
  assert.equal(given.type('cpu_shares'), 1);
  assert.equal(given.type('toString'), undefined);
});

test('the same domain twice in a list is two objects, each of its own', async () => {
  const { connection } = await started({ connectListAllDomains: () => ({ domains: [dom, dom], ret: 2 }) });
  await using _ = connection;

  const [first, second, ...others] = await connection.listAllDomains();

  assert.equal(first?.uuid, second?.uuid);
  assert.notEqual(first, second);
  assert.deepEqual(others, []);
});
