// Many quick calls at once on real libvirtd, which reads no more than five: no ping is missed on either side.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from 'virtwire';
import { requires, startLibvirtd } from '../launcher/index.ts';

const skip = requires({ libvirt: '9.0', isolation: true });

// Both sides take silence of two seconds for death here.
const RUN_MS = 4000;

test('a connection with many calls under way outlives many keepalive intervals, then an idle one, too', {
  skip,
}, async () => {
  await using daemon = await startLibvirtd({ conf: { keepalive_interval: 1, keepalive_count: 1 } });
  await using connection = await connect(daemon.uri('unix', 'test', '/default'), {
    keepalive: { intervalS: 1, count: 1 },
  });
  const [domain] = await connection.listAllDomains();
  assert.ok(domain !== undefined);
  let answers = 0;

  const deadline = performance.now() + RUN_MS;
  await Promise.all(
    Array.from({ length: 60 }, async () => {
      for (; performance.now() < deadline; answers++) await domain.getInfo();
    }),
  );
  const ended = await Promise.race([
    connection.closed,
    new Promise<null>((resolve) => {
      setTimeout(() => resolve(null), RUN_MS);
    }),
  ]);

  assert.equal(ended, null);
  assert.ok(answers > 1000, `${answers} answers`);
  assert.equal(typeof (await connection.getHostname()), 'string');
});
