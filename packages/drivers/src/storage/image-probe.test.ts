// Reading image headers, good, bad and hostile.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { HEADER_BYTES, imageCapacity, probeImage } from './image-probe.ts';

/** A qcow2 header of version 3. */
function qcow2(change: (view: DataView, bytes: Uint8Array) => void = () => undefined): Uint8Array {
  const bytes = new Uint8Array(1024);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x514649fb);
  view.setUint32(4, 3);
  view.setUint32(20, 16);
  view.setBigUint64(24, 10n << 20n);
  view.setUint32(100, 104);
  change(view, bytes);
  return bytes;
}

function named(view: DataView, bytes: Uint8Array, name: string): void {
  view.setBigUint64(8, 512n);
  view.setUint32(16, name.length);
  bytes.set(new TextEncoder().encode(name), 512);
}

describe('qcow2 headers', () => {
  test('tell size, cluster size, version and features', () => {
    const facts = probeImage(
      qcow2((view) => {
        view.setBigUint64(72, 16n);
        view.setBigUint64(80, 1n);
      }),
    );

    assert.deepEqual(facts, {
      format: 'qcow2',
      capacity: 10n << 20n,
      backing: null,
      encryption: null,
      compat: '1.1',
      clusterSize: 65536n,
      features: ['lazy_refcounts', 'extended_l2'],
    });
  });

  test('of version 2 have neither compat nor features', () => {
    const facts = probeImage(qcow2((view) => view.setUint32(4, 2)));

    assert.equal(facts.compat, null);
    assert.equal(facts.features, null);
  });

  test('name the image beneath and its format', () => {
    const facts = probeImage(
      qcow2((view, bytes) => {
        named(view, bytes, 'base.img');
        view.setUint32(104, 0xe2792aca);
        view.setUint32(108, 3);
        bytes.set(new TextEncoder().encode('raw'), 112);
      }),
    );

    assert.deepEqual(facts.backing, { path: 'base.img', format: 'raw' });
  });

  test('that point beyond the header have no image beneath', () => {
    const outside = qcow2((view) => {
      view.setBigUint64(8, 2n ** 63n);
      view.setUint32(16, 10);
    });
    const long = qcow2((view) => {
      view.setBigUint64(8, 0n);
      view.setUint32(16, 1024);
    });

    assert.equal(probeImage(outside).backing, null);
    assert.equal(probeImage(long).backing, null);
  });

  test('with a name that is not UTF-8 have no image beneath', () => {
    const facts = probeImage(
      qcow2((view, bytes) => {
        named(view, bytes, 'xx');
        bytes[512] = 0xff;
      }),
    );

    assert.equal(facts.backing, null);
  });

  test('with extensions that never end are read to their end', () => {
    const facts = probeImage(
      qcow2((view, bytes) => {
        named(view, bytes, 'b');
        for (let at = 104; at < 500; at += 8) view.setUint32(at, 1);
      }),
    );

    assert.deepEqual(facts.backing, { path: 'b', format: null });
  });

  test('with sizes that no file has do not tell a size', () => {
    assert.equal(probeImage(qcow2((view) => view.setBigUint64(24, 2n ** 63n))).capacity, null);
  });

  test('with cluster sizes that qcow2 does not have tell none', () => {
    assert.equal(probeImage(qcow2((view) => view.setUint32(20, 63))).clusterSize, 0n);
  });
});

describe('capacity of a known format', () => {
  test('of raw is the length of the file', () => {
    assert.equal(imageCapacity(new Uint8Array(), 'raw', 5n), 5n);
  });

  test('is not taken from a header of another format', () => {
    assert.equal(imageCapacity(qcow2(), 'vmdk', 1024n), null);
    assert.equal(imageCapacity(qcow2(), 'raw', 1024n), 1024n);
  });

  test('of LUKS is what stands behind its header', () => {
    const bytes = new Uint8Array(512);
    bytes.set([0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe, 0, 1]);
    new DataView(bytes.buffer).setUint32(104, 2);

    assert.equal(probeImage(bytes).encryption, 'luks');
    assert.equal(imageCapacity(bytes, 'raw', 4096n), 3072n);
    assert.equal(imageCapacity(bytes, 'raw', 512n), 512n);
  });
});

test('any bytes are some image', () => {
  const magic = fc.constantFrom(
    'QFI\xfb\0\0\0\x01',
    'QFI\xfb\0\0\0\x02',
    'QFI\xfb\0\0\0\x03',
    'QED\0',
    'KDMV\x01\0\0\0',
    'LUKS\xba\xbe\0\x01',
    '',
  );
  const header = fc.tuple(magic, fc.uint8Array({ maxLength: 2048 })).map(([text, rest]) => {
    const bytes = new Uint8Array(text.length + rest.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    bytes.set(rest, text.length);
    return bytes.subarray(0, HEADER_BYTES);
  });

  fc.assert(
    fc.property(header, (bytes) => {
      const facts = probeImage(bytes);
      assert.ok(facts.capacity === null || (facts.capacity >= 0n && facts.capacity < 2n ** 63n));
      assert.ok(facts.backing === null || facts.backing.path.length <= 1023);
      imageCapacity(bytes, facts.format, BigInt(bytes.length));
    }),
    { numRuns: 500 },
  );
});
