// Storage pool XML against what libvirt prints and refuses.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc/error';
import * as fc from 'fast-check';
import { formatStorageConnectionCapabilities, formatStoragePoolCapabilities } from './storage-capabilities.ts';
import { formatStoragePool, parseStoragePool } from './storage-pool.ts';

const golden = new URL('../../../golden/conf/pool/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, golden), 'utf8');

describe('storage pool XML', () => {
  for (const file of readdirSync(golden).filter((name) => name.endsWith('.in.xml'))) {
    test(`prints ${file} as libvirt does`, async () => {
      const expected = read(file.replace('.in.xml', '.out.xml'));

      const pool = await parseStoragePool(read(file));
      // The pairs come from the test driver, where every pool holds 100 GiB.
      pool.capacity = 107374182400n;
      pool.available = 107374182400n;
      if (file === 'emptyuuid.in.xml') pool.uuid = /<uuid>(.*)<\/uuid>/.exec(expected)?.[1] ?? '';

      assert.equal(formatStoragePool(pool), expected);
    });
  }

  const { cases } = JSON.parse(read('errors.json')) as { cases: Record<string, ErrorCase> };
  for (const [name, expected] of Object.entries(cases)) {
    test(`refuses ${name} with libvirt's words`, async () => {
      await assert.rejects(async () => parseStoragePool(expected.xml), expectError(expected));
    });
  }

  test('prints again what it printed', async () => {
    for (const file of readdirSync(golden).filter((name) => name.endsWith('.out.xml'))) {
      const text = read(file);

      const pool = await parseStoragePool(text);
      pool.capacity = 107374182400n;
      pool.available = 107374182400n;

      assert.equal(formatStoragePool(pool), text);
    }
  });

  test('answers any text with a pool or a LibvirtError', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...'<pool type="dir"> <source> <name> </name> <target> <path> /x </path> <permissions> <mode>'.split(' '),
      ),
      fc.constantFrom('777', '</mode>', '</permissions>', '</target>', '</source>', '</pool>', '<device path="q"/>'),
      fc.string({ maxLength: 8 }),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        await onlyLibvirtErrors(async () => parseStoragePool(pieces.join('')));
        await onlyLibvirtErrors(async () => parseStoragePool(`<pool type='dir'>${pieces.join('')}</pool>`));
      }),
      { numRuns: 200 },
    );
  });
});

describe('storage capabilities', () => {
  const built = ['dir', 'fs', 'netfs', 'logical', 'iscsi', 'scsi', 'mpath', 'disk'] as const;

  test('lists pool types as libvirt with those backends does', () => {
    assert.equal(formatStoragePoolCapabilities(built), read('pool-capabilities.txt'));
  });

  test('prints the capabilities of a storage connection as libvirt does', () => {
    assert.equal(formatStorageConnectionCapabilities(built), read('connection-capabilities.txt'));
  });
});

interface ErrorCase {
  xml: string;
  code: number;
  domain: number;
  message: string;
}

function expectError(expected: ErrorCase): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.ok(thrown instanceof LibvirtError, String(thrown));
    const { code, domain, message } = thrown;
    assert.deepEqual(
      { code, domain, message },
      { code: expected.code, domain: expected.domain, message: expected.message },
    );
    return true;
  };
}

async function onlyLibvirtErrors(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    assert.ok(thrown instanceof LibvirtError, String(thrown));
  }
}
