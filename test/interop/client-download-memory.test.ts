// Downloads whose memory is read into again, beside one that keeps its chunks: every byte is where it was sent from.
import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import { test } from 'node:test';
import { StoragePoolCreateFlags } from '@virtwire/protocol/constants';
import { connect } from 'virtwire';
import { requires, startLibvirtd, startVirtwired, temporaryDirectory } from '../launcher/index.ts';

const BYTES = 24 * 2 ** 20 + 12_345;
const sum = (...parts: readonly Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

for (const [name, start] of [
  ['libvirtd', startLibvirtd],
  ['virtwired', startVirtwired],
] as const) {
  test(`downloads of ${name} that use their memory again give the bytes that were uploaded`, {
    skip: requires({ libvirt: '9.0', isolation: true }),
  }, async () => {
    await using daemon = await start();
    await using directory = await temporaryDirectory();
    await using connection = await connect(daemon.uri('unix', 'storage', '/system'));
    const pool = await connection.createStoragePoolXml(
      `<pool type='dir'><name>memory</name><target><path>${directory.path}/pool</path></target></pool>`,
      StoragePoolCreateFlags.WithBuild,
    );
    const volume = await pool.createVolumeXml(
      `<volume><name>v</name><capacity unit='bytes'>${BYTES}</capacity><target><format type='raw'/></target></volume>`,
    );
    const sent = randomFillSync(new Uint8Array(BYTES));
    await volume.upload([sent]);

    const reusing = async () => {
      const hash = createHash('sha256');
      for await (const chunk of await volume.download({ reuseMemory: true })) {
        // Later than the next read of the socket may come: what is lent stays as it is until the next is asked for.
        await new Promise((resolve) => setImmediate(resolve));
        hash.update(chunk);
      }
      return hash.digest('hex');
    };
    const keeping = async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of await volume.download()) chunks.push(chunk);
      return sum(...chunks);
    };

    const wanted = sum(sent);
    assert.deepEqual(await Promise.all([reusing(), keeping(), reusing()]), [wanted, wanted, wanted]);
    await volume.delete();
    await pool.destroy();
  });
}
