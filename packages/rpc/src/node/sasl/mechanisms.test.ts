// All mechanisms: both halves of ours with each other, with what people type, and with hostile bytes.
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { LibvirtError } from '../../error.ts';
import { saslMechanisms } from './index.ts';
import { type SaslClientOptions, type SaslFault, type SaslMechanism, type SecurityLayer } from './mechanism.ts';
import { scramHashes, scramKeys } from './scram-keys.ts';
import { runExchange, serverOptions } from './testing.ts';

const REFUSED = { message: 'authentication failed: authentication failed' };
const mechanism = (name: string) => saslMechanisms.get(name) as SaslMechanism;
const withPassword = [...saslMechanisms.values()].filter(({ needs }) => needs.includes('password'));

// What SASLprep leaves as it is, and what is not "=" or "," alone.
const name = fc.stringMatching(/^[A-Za-z0-9=,."\\ äöüß@-]{1,40}$/u).filter((text) => text.trim() === text);
const password = fc.stringMatching(/^[\x21-\x7eäöü€]{1,60}$/u);

async function both(
  each: SaslMechanism,
  client: Partial<SaslClientOptions>,
  server: Parameters<typeof serverOptions>,
): Promise<{ user: string | null; complete: boolean; layers: (SecurityLayer | null)[] }> {
  const [one, two] = await Promise.all([
    each.client({ host: 'server.example', minSsf: 0, maxSsf: 0, ...client }),
    each.server(serverOptions(...server)),
  ]);
  await runExchange(one, two);
  return { user: two.user, complete: one.complete, layers: [one.layer, two.layer] };
}

for (const each of withPassword) {
  suite(each.name, () => {
    test('lets in who knows the password, whatever name and password are', async () => {
      await fc.assert(
        fc.asyncProperty(name, password, async (authname, word) => {
          const { user, complete } = await both(each, { authname, password: word }, [{ [authname]: word }]);

          assert.deepEqual([user, complete], [authname, true]);
        }),
        { numRuns: 25 },
      );
    });

    test('refuses a wrong password and an unknown user with the same words', async () => {
      const numbers: number[] = [];
      for (const [authname, word] of [
        ['alice', 'wrong'],
        ['mallory', 'secret'],
      ] as const) {
        await assert.rejects(both(each, { authname, password: word }, [{ alice: 'secret' }]), (error: LibvirtError) => {
          assert.equal(error.message, REFUSED.message);
          assert.doesNotMatch(error.message, /secret|wrong/);
          numbers.push((error.cause as SaslFault).number);
          return true;
        });
      }
      assert.deepEqual(numbers, [-13, -20]);
    });

    test('does not let anybody act for another', async () => {
      const acting = both(each, { authname: 'alice', password: 'secret', authzid: 'root' }, [{ alice: 'secret' }]);

      await assert.rejects(acting, REFUSED);
    });

    test('is over after its end: what follows changes nothing', async () => {
      const client = await each.client({ host: 'h', authname: 'a', password: 'b', minSsf: 0, maxSsf: 0 });
      const server = await each.server(serverOptions({ a: 'b' }));
      await runExchange(client, server);

      await assert.rejects(async () => server.step(Buffer.from('\0c\0b')), REFUSED);

      assert.equal(server.user, 'a');
    });
  });
}

test('SCRAM and PLAIN work with keys alone, DIGEST-MD5 needs the password itself', async () => {
  const salt = Buffer.from('0123456789abcdef');
  const scram = { sha256: await scramKeys(scramHashes.sha256, 'secret', salt) };
  const client = { authname: 'alice', password: 'secret' };
  const lookup = () => ({ scram });

  for (const known of ['SCRAM-SHA-256', 'PLAIN']) {
    assert.equal((await both(mechanism(known), client, [{}, { lookup }])).user, 'alice');
    await assert.rejects(both(mechanism(known), { ...client, password: 'Secret' }, [{}, { lookup }]), REFUSED);
  }
  for (const unknown of ['SCRAM-SHA-512', 'SCRAM-SHA-1', 'DIGEST-MD5']) {
    await assert.rejects(both(mechanism(unknown), client, [{}, { lookup }]), REFUSED);
  }
});

test('SCRAM: the salt of a user stays the same, known or not, and the challenges look alike', async () => {
  const challenge = async (user: string) => {
    const server = await mechanism('SCRAM-SHA-256').server(serverOptions({ alice: 'secret' }));
    const { data } = await server.start(Buffer.from(`n,,n=${user},r=abc`));
    return Buffer.from(data ?? [])
      .toString()
      .replace(/^r=[^,]*/, '');
  };

  const [alice, again, mallory, malloryAgain] = await Promise.all(
    ['alice', 'alice', 'mallory', 'mallory'].map(challenge),
  );

  assert.equal(alice, again);
  assert.equal(mallory, malloryAgain);
  assert.notEqual(alice, mallory);
  assert.equal(alice?.length, mallory?.length);
});

for (const [what, message] of [
  ['a nonce that is not ours', 'r=zzz,s=QSXCR+Q6sek8bf92,i=4096'],
  ['a nonce without a part of its own', 'r=abc,s=QSXCR+Q6sek8bf92,i=4096'],
  ['no salt', 'r=abcd,s=,i=4096'],
  ['a salt that is not base64', 'r=abcd,s=*,i=4096'],
  ['no iterations', 'r=abcd,s=QSXCR+Q6sek8bf92'],
  ['iterations without end', 'r=abcd,s=QSXCR+Q6sek8bf92,i=4294967295'],
  ['iterations that are no plain number', 'r=abcd,s=QSXCR+Q6sek8bf92,i=0x10'],
  ['an extension that it demands', 'm=x,r=abcd,s=QSXCR+Q6sek8bf92,i=4096'],
  ['an attribute twice', 'r=abcd,s=QSXCR+Q6sek8bf92,s=QSXCR+Q6sek8bf92,i=4096'],
] as const) {
  test(`SCRAM: our client gives up on a server with ${what}`, async () => {
    const client = await mechanism('SCRAM-SHA-1').client({
      host: 'h',
      authname: 'a',
      password: 'b',
      nonce: 'abc',
      minSsf: 0,
      maxSsf: 0,
    });
    await client.start();

    await assert.rejects(async () => client.step(Buffer.from(message)), {
      message: /^authentication failed: Failed to step SASL negotiation: -1 \(SASL\(-1\): generic failure: /,
    });
  });
}

for (const each of withPassword.filter(({ sendsPassword }) => !sendsPassword)) {
  test(`${each.name}: our client finds out a server that does not know the password`, async () => {
    const client = await each.client({ host: 'h', authname: 'a', password: 'b', minSsf: 0, maxSsf: 0 });
    const server = await each.server(serverOptions({ a: 'b' }));
    let message = await client.start();
    let answer = await server.start(message);
    while (!answer.complete) {
      message = await client.step(answer.data);
      answer = await server.step(message);
    }
    const forged = Buffer.from(answer.data ?? []);
    forged[forged.length - 3] = (forged.at(-3) as number) ^ 1;

    await assert.rejects(async () => client.step(forged), { message: /could not prove that it knows the password/ });

    assert.equal(client.complete, false);
  });
}

test('EXTERNAL takes the name of the transport, and no other', async () => {
  const external = mechanism('EXTERNAL');

  assert.equal((await both(external, {}, [{}, { externalName: 'CN=client' }])).user, 'CN=client');
  await assert.rejects(both(external, {}, [{}, {}]), REFUSED);
  await assert.rejects(both(external, { authzid: 'root' }, [{}, { externalName: 'CN=client' }]), REFUSED);
});

test('ANONYMOUS is always the same user, whatever it says of itself', async () => {
  assert.equal((await both(mechanism('ANONYMOUS'), { authname: 'root' }, [{}])).user, 'anonymous');
});

test('DIGEST-MD5: a user of another realm is not the one of ours', async () => {
  const lookup = (user: string, realm: string) => (realm === 'other' && user === 'alice' ? { password: 'b' } : null);

  const { user } = await both(mechanism('DIGEST-MD5'), { authname: 'alice', password: 'b', realm: 'other' }, [
    {},
    { lookup },
  ]);

  assert.equal(user, 'alice@other');
});

for (const [minSsf, maxSsf, ssf] of [
  [1, 1, 1],
  [40, 40, 40],
  [56, 56, 56],
  [112, 112, 112],
  [56, 256, 128],
] as const) {
  suite(`DIGEST-MD5 with strength ${minSsf} to ${maxSsf}`, () => {
    const strength = { minSsf, maxSsf };
    const make = async () => {
      const { layers } = await both(mechanism('DIGEST-MD5'), { authname: 'a', password: 'b', ...strength }, [
        { a: 'b' },
        strength,
      ]);
      return layers as SecurityLayer[] as [SecurityLayer, SecurityLayer];
    };

    test('carries whatever is sent, both ways, in frames that fit the buffer', async () => {
      const [client, server] = await make();
      assert.deepEqual([client.ssf, server.ssf], [ssf, ssf]);

      fc.assert(
        fc.property(fc.boolean(), fc.uint8Array({ maxLength: 400 }), (fromClient, bytes) => {
          const [from, to] = fromClient ? [client, server] : [server, client];
          const frame = from.wrap(bytes);

          assert.equal(new DataView(frame.buffer, frame.byteOffset).getUint32(0), frame.length - 4);
          assert.deepEqual([...to.unwrap(frame.subarray(4))], [...bytes]);
        }),
      );
      const full = client.wrap(new Uint8Array(client.maxPlainBytes));
      assert.ok(full.length - 4 <= 65_536);
      assert.equal(client.maxPlainBytes, 65_511);
    });

    test('finds out every changed bit, a repeated frame, a frame of the other direction', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(), async (bytes, at) => {
          const [client, server] = await make();
          const body = client.wrap(bytes).slice(4);
          const bit = at % (body.length * 8);
          body[bit >> 3] = (body[bit >> 3] as number) ^ (1 << (bit & 7));

          assert.throws(() => server.unwrap(body), { message: /integrity check/ });
        }),
        { numRuns: 40 },
      );
      const [client, server] = await make();
      const body = client.wrap(Buffer.from('once')).subarray(4);
      server.unwrap(body);
      assert.throws(() => server.unwrap(body), LibvirtError);
      assert.throws(() => client.unwrap(client.wrap(Buffer.from('mine')).subarray(4)), LibvirtError);
    });

    test('only a LibvirtError comes out of hostile frames', async () => {
      const [, server] = await make();

      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
          assert.throws(() => server.unwrap(bytes), LibvirtError);
        }),
      );
    });
  });
}

test('DIGEST-MD5: a client that wants encryption does not go without', async () => {
  const weak = both(mechanism('DIGEST-MD5'), { authname: 'a', password: 'b', minSsf: 56, maxSsf: 256 }, [
    { a: 'b' },
    { minSsf: 0, maxSsf: 1 },
  ]);
  await assert.rejects(weak, { message: /no protection that both sides have is strong enough/ });

  const client = await mechanism('DIGEST-MD5').client({
    host: 'h',
    authname: 'a',
    password: 'b',
    minSsf: 0,
    maxSsf: 0,
  });
  const server = await mechanism('DIGEST-MD5').server(serverOptions({ a: 'b' }, { minSsf: 56, maxSsf: 256 }));
  const { data } = await server.start(null);
  await assert.rejects(async () => client.step(data), LibvirtError);
});

test('DIGEST-MD5: nobody may ask for frames of a few bytes, which would take all the time there is', async () => {
  const strength = { minSsf: 56, maxSsf: 256 };
  const replaced = (data: Uint8Array | null, bytes: number) =>
    Buffer.from(
      Buffer.from(data ?? [])
        .toString('latin1')
        .replace(/maxbuf=\d+/, `maxbuf=${bytes}`),
      'latin1',
    );
  const exchange = async (ofServer: number, ofClient: number) => {
    const client = await mechanism('DIGEST-MD5').client({ host: 'h', authname: 'a', password: 'b', ...strength });
    const server = await mechanism('DIGEST-MD5').server(serverOptions({ a: 'b' }, strength));
    const response = await client.step(replaced((await server.start(null)).data, ofServer));
    await server.step(replaced(response, ofClient));
    return server.layer?.maxPlainBytes;
  };

  assert.equal(await exchange(1024, 1024), 999);
  await assert.rejects(exchange(1023, 1024), /buffer is of an impossible size/);
  await assert.rejects(exchange(1024, 1023), REFUSED);
});

// Pieces of real messages, joined at random, reach further than random bytes.
const pieces = fc.constantFrom(
  'n,,',
  'y,a=b,',
  'p=tls-unique,,',
  'n=alice',
  'r=abc',
  's=QUJD',
  'i=4096',
  'c=biws',
  'p=QUJD',
  'm=',
  'v=QQ==',
  ',',
  'nonce="x"',
  'realm="r"',
  'qop="auth-conf"',
  'cipher="rc4,3des"',
  'maxbuf=17',
  'charset=utf-8',
  'username="alice"',
  'algorithm=md5-sess',
  'nc=00000001',
  'response=0',
  'rspauth=0',
  '="',
  '\\',
  '\0',
  '\u00e4',
  '=2C',
  '=zz',
  ' ',
);
const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.array(pieces, { maxLength: 12 }).map((parts) => Buffer.from(parts.join(''))),
  fc.array(pieces, { maxLength: 12 }).map((parts) => Buffer.from(parts.join(','))),
  fc.constant(null),
);

// GSSAPI needs a KDC: its hostile messages are in test/interop.
for (const each of [...saslMechanisms.values()].filter(({ name: known }) => known !== 'GSSAPI')) {
  test(`${each.name}: only a LibvirtError comes out of hostile messages, and nobody gets in`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 4 }), async (messages) => {
        const server = await each.server(serverOptions({ alice: 'secret' }));
        const client = await each.client({ host: 'h', authname: 'alice', password: 'secret', minSsf: 0, maxSsf: 0 });
        await client.start();
        for (const [index, message] of messages.entries()) {
          await onlyLibvirtErrors(async () => (index === 0 ? server.start(message) : server.step(message)));
          await onlyLibvirtErrors(async () => client.step(message));
        }

        if (!each.anonymous) assert.equal(server.user, null);
        if (each.needs.length > 0 && !each.sendsPassword) assert.equal(client.complete, false);
      }),
      { numRuns: each.name.startsWith('SCRAM') ? 100 : 300 },
    );
  });
}

async function onlyLibvirtErrors(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof LibvirtError, String(error));
  }
}
