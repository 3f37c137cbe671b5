// Tests of domain definitions against what libvirt 9.0.0 printed and refused.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc/error';
import * as fc from 'fast-check';
import { DomainDef, parseDomain } from './domain.ts';
import { testDialect } from './domain-dialect.ts';

const golden = new URL('../../../golden/conf/domain/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, golden), 'utf8');
const inputs = readdirSync(golden).filter((name) => name.endsWith('.in.xml'));

function parseNow(text: string): DomainDef {
  const parsed = parseDomain(text, testDialect);
  assert.ok(parsed instanceof DomainDef);
  return parsed;
}

for (const input of inputs) {
  test(`prints ${input.replace('.in.xml', '')} as libvirt prints it after a define`, () => {
    const printed = parseNow(read(input)).format({ secure: true });

    assert.equal(printed, read(input.replace('.in.xml', '.out.xml')));
  });
}

for (const name of ['builtin-test', 'testnode-fc4', 'testnode-fc5', 'testnode-fv0']) {
  test(`guesses the buses of ${name} from the disks' names`, () => {
    const text = read(`${name}.xml`).trimEnd();
    const input = text.replace(/(<target dev='[^']*') bus='(?!scsi)[^']*'/g, '$1');
    const id = Number(/ id='(\d+)'/.exec(text)?.[1]);

    assert.equal(parseNow(input).format({ id }).trimEnd(), text);
  });
}

test('takes a definition in its final form without looking at it', () => {
  const text = read('builtin-test.xml').trimEnd();

  assert.equal(DomainDef.fromCanonical(text).format({ id: 1 }).trimEnd(), text);
  assert.equal(DomainDef.fromCanonical(text).format(), parseNow(text).format());
});

interface Refusal {
  readonly xml: string;
  readonly code: number;
  readonly domain: number;
  readonly message: string;
}

test('refuses what libvirt refuses, with its texts', () => {
  const { refusals } = JSON.parse(read('refusals.json')) as { refusals: Record<string, Refusal> };

  for (const [name, { xml, code, message }] of Object.entries(refusals)) {
    assert.throws(() => parseNow(xml), { code, message }, name);
  }
});

const small =
  "<domain type='test'><name>d</name><memory>1024</memory><os><type>hvm</type></os><devices>" +
  "<disk type='file'><source file='/a'/><target dev='vda'/></disk>" +
  "<interface type='network'><source network='default'/></interface>" +
  "<graphics type='vnc' passwd='secret'/></devices></domain>";

test('makes up a UUID, a MAC address and a target name', () => {
  const domain = parseNow(small);

  assert.match(domain.uuid, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.match(domain.interfaces[0]?.mac ?? '', /^52:54:00(:[0-9a-f]{2}){3}$/);
  assert.equal(domain.interfaces[0]?.target, 'testnet0');
  assert.equal(domain.interfaces[0]?.source, 'default');
  assert.deepEqual(domain.disks, [
    { target: 'vda', bus: 'virtio', device: 'disk', type: 'file', source: '/a', readonly: false, snapshot: null },
  ]);
});

test('shows passwords only when asked to', () => {
  const domain = parseNow(small);

  assert.doesNotMatch(domain.format(), /secret/);
  assert.match(domain.format({ secure: true }), /passwd='secret'/);
});

test('changes memory, vcpus, title and metadata in place', async () => {
  const domain = parseNow(small);

  domain.currentMemoryKiB = 512n;
  domain.setVcpus(1, 4);
  await domain.setMetadata('title', 'T');
  await domain.setMetadata('element', '<x><y/></x>', 'k', 'urn:a');

  assert.match(domain.format(), /<currentMemory unit='KiB'>512</);
  assert.match(domain.format(), /<vcpu placement='static' current='1'>4</);
  assert.equal(domain.getMetadata('title', null), 'T');
  assert.match(domain.format(), / {4}<k:x xmlns:k="urn:a">\n {6}<k:y\/>\n {4}<\/k:x>/);
  assert.equal(domain.vcpus, 1);
  assert.throws(() => domain.getMetadata('element', 'urn:b'), { code: 80 });
});

test('refuses a name with a slash', () => {
  const domain = parseNow(small);

  assert.throws(() => (domain.name = 'a/b'), { code: 27, message: "XML error: name a/b cannot contain '/'" });
});

test('broken definitions may only produce a LibvirtError', async () => {
  const corpus = inputs.map(read);
  const mutated = fc
    .tuple(
      fc.constantFrom(...corpus),
      fc.nat(),
      fc.nat(12),
      fc.constantFrom('', 'x', '-1', '99999999999999999999', "''", '<a/>', '0x', ' '),
    )
    .map(([text, at, cut, piece]) => {
      const place = at % text.length;
      return text.slice(0, place) + piece + text.slice(place + cut);
    });

  await fc.assert(
    fc.asyncProperty(mutated, async (text) => {
      try {
        (await parseDomain(text, testDialect)).format();
      } catch (error) {
        assert.ok(error instanceof LibvirtError, error instanceof Error ? error.stack : String(error));
      }
    }),
    { numRuns: 1500 },
  );
});

test('attribute values of every kind may only produce a LibvirtError', async () => {
  const corpus = inputs.map(read);
  const edited = fc
    .tuple(
      fc.constantFrom(...corpus),
      fc.nat(),
      fc.constantFrom('', 'x', '-1', '1e9', '99999999999', '0', '4294967296', '1-5', '^3', 'é'),
    )
    .map(([text, pick, value]) => {
      const places = [...text.matchAll(/(?<==)'[^']*'|(?<=>)[^<\s][^<]*(?=<)/g)];
      const place = places[pick % places.length] as RegExpExecArray;
      const quoted = place[0].startsWith("'") ? `'${value}'` : value;
      return text.slice(0, place.index) + quoted + text.slice(place.index + place[0].length);
    });

  await fc.assert(
    fc.asyncProperty(edited, async (text) => {
      try {
        (await parseDomain(text, testDialect)).format();
      } catch (error) {
        assert.ok(error instanceof LibvirtError, error instanceof Error ? error.stack : String(error));
      }
    }),
    { numRuns: 1500 },
  );
});
