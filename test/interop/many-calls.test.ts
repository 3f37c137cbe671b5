// Very many calls at once, and what becomes of them when the daemon dies.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { connect, LibvirtError } from 'virtwire';
import { noLeaks, requires, startLibvirtd, startVirtwired } from '../launcher/index.ts';

const CALLS = 10_000;
const DAEMONS = { libvirtd: startLibvirtd, virtwired: startVirtwired };

for (const [name, start] of Object.entries(DAEMONS)) {
  suite(`many calls to ${name}`, { skip: requires({ libvirt: '9.0', isolation: true }) }, () => {
    test('10,000 calls issued at once come back, each with its own answer, in bounded memory', async () => {
      await using _ = noLeaks();
      await using daemon = await start();
      await using connection = await connect(daemon.uri('unix', 'test', '/default'));
      const domain = await connection.lookupDomainByName('test');
      const settled: number[] = [];
      const before = process.memoryUsage().rss;

      const answers = await Promise.all(
        Array.from({ length: CALLS }, async (_unused, i) => {
          // Different kinds side by side show that no answer goes to another call.
          const answer =
            i % 3 === 0
              ? await connection.getType()
              : i % 3 === 1
                ? (await domain.getInfo()).vcpus
                : await domain.getXmlDesc();
          settled.push(i);
          return answer;
        }),
      );

      for (const [i, answer] of answers.entries()) {
        if (i % 3 === 0) assert.equal(answer, 'TEST');
        else if (i % 3 === 1) assert.equal(answer, 2);
        else assert.match(String(answer), /^<domain type='test'/);
      }
      assert.equal(settled.length, CALLS);
      if (name === 'virtwired')
        assert.deepEqual(
          settled,
          settled.toSorted((a, b) => a - b),
          'answers come in order',
        );
      const grown = (process.memoryUsage().rss - before) / 2 ** 20;
      assert.ok(grown < 200, `the process has grown by ${grown.toFixed(0)} MiB`);
    });

    test('a caller that waits for each answer gets them in order beside others', async () => {
      await using daemon = await start();
      await using connection = await connect(daemon.uri('tcp', 'test', '/default'));
      const domain = await connection.lookupDomainByName('test');

      const states = await Promise.all([
        (async () => {
          const seen: number[] = [];
          for (let i = 0; i < 50; i++) {
            await domain.suspend();
            seen.push((await domain.getInfo()).state);
            await domain.resume();
            seen.push((await domain.getInfo()).state);
          }
          return seen;
        })(),
        ...Array.from({ length: 500 }, () => connection.getHostname()),
      ]);

      assert.deepEqual(
        states[0],
        Array.from({ length: 100 }, (_unused, i) => (i % 2 === 0 ? 3 : 1)),
      );
    });

    test('when the daemon is killed, every pending call is rejected once, with a reason', async () => {
      await using _ = noLeaks();
      await using daemon = await start();
      const connection = await connect(daemon.uri('unix', 'test', '/default'));
      const domain = await connection.lookupDomainByName('test');
      let settledTwice = 0;
      const pending = Array.from({ length: 1000 }, () => {
        let settled = false;
        const call = domain.getXmlDesc().finally(() => {
          if (settled) settledTwice++;
          settled = true;
        });
        return call;
      });

      process.kill(daemon.pid, 'SIGKILL');
      const results = await Promise.allSettled(pending);
      const { error, text } = await connection.closed;

      const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      assert.ok(reasons.length > 0, 'some calls were pending');
      for (const reason of reasons) {
        assert.ok(reason instanceof LibvirtError);
        assert.match(reason.message, /end of file|connection|reset|broken pipe/i);
      }
      assert.equal(settledTwice, 0);
      assert.ok(error instanceof LibvirtError);
      assert.match(text, /end of file|I\/O error/);
      await assert.rejects(domain.getInfo(), LibvirtError);
      await connection.close();
    });
  });
}
