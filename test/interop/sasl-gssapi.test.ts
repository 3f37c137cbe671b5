// The GSSAPI mechanism itself, both halves in this process with a real KDC: layers, limits, hostile tokens.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc';
import {
  type SaslClient,
  type SaslClientOptions,
  type SaslMechanism,
  type SaslServer,
  type SecurityLayer,
  saslMechanisms,
} from '@virtwire/rpc/sasl';
import fc from 'fast-check';
import { type Krb5Realm, requires, startKrb5Realm } from '../launcher/index.ts';

const skip = requires({ krb5: true });
const gssapi = saslMechanisms.get('GSSAPI') as SaslMechanism;

suite('GSSAPI', { skip }, () => {
  let realm: Krb5Realm;
  let keytab: string;

  before(async () => {
    realm = await startKrb5Realm();
    keytab = await realm.keytab('libvirt/localhost', 'other/localhost');
    // The library reads the environment of the process.
    Object.assign(process.env, await realm.ticket('alice'));
  });
  after(() => realm?.[Symbol.asyncDispose]());

  const serve = (minSsf = 0, maxSsf = 0) =>
    gssapi.server({
      host: 'localhost',
      realm: 'localhost',
      minSsf,
      maxSsf,
      keytab,
      lookup: () => null,
      decoySecret: new Uint8Array(32),
    });
  const connect = (options: Partial<SaslClientOptions> = {}) =>
    gssapi.client({ host: 'localhost', minSsf: 0, maxSsf: 0, ...options });

  async function run(client: SaslClient, server: SaslServer): Promise<void> {
    let message = await client.start();
    for (let round = 0; round < 10; round++) {
      const answer = await (round === 0 ? server.start(message) : server.step(message));
      if (answer.complete) return;
      message = await client.step(answer.data);
    }
    assert.fail('the exchange has no end');
  }

  for (const [minSsf, maxSsf, ssf] of [
    [0, 0, 0],
    [1, 1, 1],
    [56, 256, 256],
    [112, 100_000, 256],
  ] as const) {
    test(`strength ${minSsf} to ${maxSsf}: the ticket's user, and a layer of ${ssf}`, async () => {
      const [client, server] = [await connect({ minSsf, maxSsf }), await serve(minSsf, maxSsf)];

      await run(client, server);

      assert.deepEqual([server.user, client.complete], ['alice', true]);
      assert.deepEqual([client.layer?.ssf ?? 0, server.layer?.ssf ?? 0], [ssf, ssf]);
    });
  }

  for (const ssf of [1, 256]) {
    test(`the layer of ${ssf} carries what is sent, and finds out what was changed or repeated`, async () => {
      const [client, server] = [await connect({ minSsf: ssf, maxSsf: ssf }), await serve(ssf, ssf)];
      await run(client, server);
      const [one, two] = [client.layer as SecurityLayer, server.layer as SecurityLayer];

      fc.assert(
        fc.property(fc.boolean(), fc.uint8Array({ maxLength: 500 }), (fromClient, bytes) => {
          const [from, to] = fromClient ? [one, two] : [two, one];
          assert.deepEqual([...to.unwrap(from.wrap(bytes).subarray(4))], [...bytes]);
        }),
      );
      assert.ok(one.wrap(new Uint8Array(one.maxPlainBytes)).length - 4 <= 65_536);
      const frame = one.wrap(Buffer.from('changed')).slice(4);
      for (const at of [0, 5, frame.length >> 1, frame.length - 1]) {
        const changed = frame.slice();
        changed[at] = (changed[at] as number) ^ 4;
        assert.throws(() => two.unwrap(changed), LibvirtError);
      }
      assert.throws(() => one.unwrap(frame), LibvirtError);
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
          assert.throws(() => two.unwrap(bytes), LibvirtError);
        }),
      );
    });
  }

  test('a client that wants encryption does not go without, a server that demands it does not either', async () => {
    const [client, weak] = [await connect({ minSsf: 56, maxSsf: 256 }), await serve(0, 1)];
    await assert.rejects(run(client, weak), { message: /no protection that both sides have is strong enough/ });

    const [lax, strict] = [await connect(), await serve(56, 256)];
    await assert.rejects(run(lax, strict), LibvirtError);
    assert.equal(strict.user, null);
  });

  test('nobody acts for another, and a ticket for another service is none', async () => {
    await assert.rejects(run(await connect({ authzid: 'root' }), await serve()), { message: /authentication failed/ });
    await assert.rejects(run(await connect({ service: 'other' }), await serve()), { message: /authentication failed/ });
  });

  test('a ticket that was used is not taken again', async () => {
    const client = await connect();
    const first = await client.start();
    const [one, two] = [await serve(), await serve()];
    await one.start(first);

    await assert.rejects(async () => two.start(first), { message: 'authentication failed: authentication failed' });
  });

  test('only a LibvirtError comes out of hostile tokens, and nobody gets in', async () => {
    const real = (await (await connect()).start()) as Uint8Array;
    const damaged = fc.tuple(fc.nat(real.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
      const bytes = real.slice();
      bytes[at] = (bytes[at] as number) ^ by;
      return bytes;
    });
    const token = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      damaged,
      fc.nat(real.length).map((end) => real.slice(0, end)),
      fc.constant(null),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(token, { minLength: 1, maxLength: 4 }), async (tokens) => {
        const [client, server] = [await connect(), await serve()];
        await client.start();
        for (const [index, bytes] of tokens.entries()) {
          for (const step of [
            async () => (index === 0 ? server.start(bytes) : server.step(bytes)),
            async () => client.step(bytes),
          ]) {
            await step().catch((error: unknown) => assert.ok(error instanceof LibvirtError, String(error)));
          }
        }
        assert.deepEqual([server.user, client.complete], [null, false]);
      }),
      { numRuns: 60 },
    );
  });
});
