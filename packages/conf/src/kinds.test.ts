// Tests of networks, host interfaces, node devices and capabilities against what libvirt 9.0.0 printed and refused.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc/error';
import * as fc from 'fast-check';
import { type Capabilities, formatCapabilities, type HostCell } from './capabilities.ts';
import { type InterfaceDef, parseInterface } from './interface.ts';
import { type NetworkDef, parseNetwork } from './network.ts';
import { type NodeDeviceDef, parseNodeDevice } from './node-device.ts';

const golden = new URL('../../../golden/conf/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, golden), 'utf8');

interface Definition {
  format(): string;
}
interface Kind {
  readonly folder: string;
  readonly parse: (text: string) => Definition | Promise<Definition>;
  readonly unchanged: readonly string[];
}

const kinds: readonly Kind[] = [
  { folder: 'network', parse: parseNetwork, unchanged: ['builtin-default', 'testnode-default', 'testnode-private'] },
  { folder: 'interface', parse: parseInterface, unchanged: ['builtin-eth1'] },
  { folder: 'node-device', parse: parseNodeDevice, unchanged: ['computer', 'scsi_host1', 'scsi_host2'] },
];

interface Refusal {
  readonly xml: string;
  readonly code: number;
  readonly domain: number;
  readonly message: string;
}

for (const { folder, parse, unchanged } of kinds) {
  const files = readdirSync(new URL(`${folder}/`, golden));

  for (const input of files.filter((name) => name.endsWith('.in.xml'))) {
    test(`prints ${folder} ${input.replace('.in.xml', '')} as libvirt prints it after a define`, async () => {
      const printed = (await parse(read(`${folder}/${input}`))).format();

      assert.equal(printed, read(`${folder}/${input.replace('.in.xml', '.out.xml')}`));
    });
  }

  for (const name of unchanged) {
    test(`reads and prints ${folder} ${name} unchanged`, async () => {
      const text = read(`${folder}/${name}.xml`).trimEnd();

      assert.equal((await parse(text)).format().trimEnd(), text);
    });
  }

  if (files.includes('refusals.json')) {
    test(`refuses each ${folder} that libvirt refuses, with its text`, async () => {
      const { refusals } = JSON.parse(read(`${folder}/refusals.json`)) as { refusals: Record<string, Refusal> };

      for (const [name, { xml, code, domain, message }] of Object.entries(refusals)) {
        await assert.rejects(async () => parse(xml), { code, domain, message }, name);
      }
    });
  }

  test(`a broken ${folder} may only produce a LibvirtError`, async () => {
    const corpus = files.filter((name) => name.endsWith('.xml')).map((name) => read(`${folder}/${name}`));
    const pieces = fc.constantFrom('', 'x', '-1', '99999999999999999999', "''", '<a/>', '0', ' ', '::1', '/');
    const mutated = fc.tuple(fc.constantFrom(...corpus), fc.nat(), fc.nat(12), pieces).map(([text, at, cut, piece]) => {
      const place = at % text.length;
      return text.slice(0, place) + piece + text.slice(place + cut);
    });

    await fc.assert(
      fc.asyncProperty(mutated, async (text) => {
        try {
          (await parse(text)).format();
        } catch (error) {
          assert.ok(error instanceof LibvirtError, error instanceof Error ? error.stack : String(error));
        }
      }),
      { numRuns: 700 },
    );
  });
}

test('tells what drivers ask of a network', () => {
  const network = parseNetwork(read('network/builtin-default.xml')) as NetworkDef;

  assert.equal(network.name, 'default');
  assert.equal(network.bridge, 'virbr0');
  assert.equal(network.forwardMode, 'nat');
  assert.deepEqual(network.ips, [
    {
      address: '192.168.122.1',
      family: 'ipv4',
      prefix: 24,
      ranges: [{ start: '192.168.122.2', end: '192.168.122.254' }],
    },
  ]);
});

test('tells what drivers ask of an interface', () => {
  const eth1 = parseInterface(read('interface/builtin-eth1.xml')) as InterfaceDef;

  assert.equal(eth1.name, 'eth1');
  assert.equal(eth1.mac, 'aa:bb:cc:dd:ee:ff');
});

test('reads a virtual HBA to be created and refuses what is none', () => {
  const text =
    "<device><parent wwnn='1' wwpn='2'/><capability type='scsi_host'><capability type='fc_host'>" +
    '<wwnn>2000000034563477</wwnn><wwpn>1000000034563477</wwpn></capability></capability></device>';
  const device = parseNodeDevice(text, { create: true }) as NodeDeviceDef;
  const plain = parseNodeDevice("<device><capability type='scsi_host'/></device>", { create: true }) as NodeDeviceDef;

  assert.deepEqual(device.wwns(), { wwnn: '2000000034563477', wwpn: '1000000034563477' });
  assert.deepEqual(device.parentNames, { wwnn: '1', wwpn: '2', fabricWwn: null });
  assert.deepEqual(device.capabilities, ['scsi_host', 'fc_host']);
  assert.throws(() => plain.wwns(), {
    code: 1,
    domain: 22,
    message: 'internal error: Device is not a fibre channel HBA',
  });
  assert.throws(() => parseNodeDevice('<device/>', { create: true }), {
    code: 1,
    message: "internal error: no device capabilities for 'new device'",
  });
  assert.throws(() => parseNodeDevice('<device/>'), { code: 21, message: 'missing name information' });
});

function testHost(cells: readonly HostCell[]): Capabilities {
  const guest = (osType: string) => ({
    osType,
    arch: 'i686',
    wordsize: 32,
    emulator: '/usr/bin/test-hv',
    domainTypes: ['test'],
    features: ['pae', 'nonpae'],
  });
  return {
    arch: 'i686',
    features: ['pae', 'nonpae'],
    pageSizesKiB: [4, 8, 2048, 1048576],
    cells,
    securityModel: { model: 'testSecurity', doi: '' },
    guests: [guest('hvm'), guest('xen')],
  };
}

test('prints the capabilities of the test driver', () => {
  const cells = [0, 1].map((id) => ({
    id,
    memoryKiB: id === 0 ? 2097152 : 4194304,
    pages: [
      { sizeKiB: id === 0 ? 4 : 8, count: 524288 },
      { sizeKiB: 2048, count: 0 },
      { sizeKiB: 1048576, count: 0 },
    ],
    cpus: Array.from({ length: 8 }, (_, n) => {
      const cpu = id * 8 + n;
      return { id: cpu, socketId: id, dieId: 0, coreId: n, siblings: String(cpu) };
    }),
  }));

  assert.equal(formatCapabilities(testHost(cells)).trimEnd(), read('capabilities/test-default.xml').trimEnd());
  assert.equal(formatCapabilities(testHost([])).trimEnd(), read('capabilities/test-file.xml').trimEnd());
});
