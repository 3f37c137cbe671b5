// Exchanges that Cyrus SASL had with itself: either half of ours, put in the place of Cyrus's, says and accepts the same.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDirectives } from './digest-directives.ts';
import { saslMechanisms } from './index.ts';
import type { SaslMechanism, SecurityLayer } from './mechanism.ts';
import { scramHashes, scramKeys } from './scram-keys.ts';
import { serverOptions } from './testing.ts';

interface Recorded {
  readonly name: string;
  readonly mechanism: string;
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly realm: string;
  readonly minSsf: number;
  readonly maxSsf: number;
  readonly ssf: number;
  readonly messages: readonly { from: 'client' | 'server'; base64: string | null; complete?: true }[];
  readonly frames?: readonly { from: 'client' | 'server'; text: string; base64: string }[];
}

const file = new URL('../../../../../spec/sasl/exchanges.json', import.meta.url);
const { exchanges } = JSON.parse(readFileSync(file, 'utf8')) as { exchanges: readonly Recorded[] };

// DIGEST-MD5's directives and ciphers may come in any order, and ours tell the charset.
function canonical(mechanism: string, bytes: Uint8Array | null): unknown {
  if (bytes === null) return null;
  if (mechanism !== 'DIGEST-MD5') return Buffer.from(bytes).toString();
  const found = new Map(parseDirectives(Buffer.from(bytes).toString('latin1')) ?? assert.fail('not directives'));
  found.delete('charset');
  if (found.has('cipher'))
    found.set(
      'cipher',
      found
        .get('cipher')?.[0]
        ?.split(',')
        .toSorted((one, two) => one.localeCompare(two)) ?? [],
    );
  return Object.fromEntries([...found].toSorted(([one], [two]) => one.localeCompare(two)));
}

for (const recorded of exchanges) {
  const { mechanism: name, user, password, realm, host, minSsf, maxSsf } = recorded;
  const mechanism = saslMechanisms.get(name) as SaslMechanism;
  const all = recorded.messages.map(({ base64 }) => (base64 === null ? null : Buffer.from(base64, 'base64')));
  // Ours never sends the initial response of a client that remembers.
  const remembers = name === 'DIGEST-MD5' && all[0] !== null;
  const whole = all.map((bytes) => bytes?.toString() ?? '');

  test(`our client in the place of Cyrus's: ${recorded.name}`, async () => {
    const nonce = name.startsWith('SCRAM')
      ? whole[0]?.replace(/.*,r=/, '')
      : /cnonce="([^"]*)"/.exec(whole.findLast((text) => text.includes('cnonce=')) ?? '')?.[1];
    const client = await mechanism.client({
      host,
      authname: name === 'ANONYMOUS' ? 'guest@example.org@vm' : user,
      password,
      minSsf,
      maxSsf,
      ...(/^(SCRAM|PLAIN|EXTERNAL)/.test(name) ? { authzid: user } : {}),
      ...(nonce === undefined ? {} : { nonce }),
    });
    const sent = [remembers ? (all[0] ?? null) : null];

    for (const [index, { from, complete }] of recorded.messages.entries()) {
      if (from === 'client') {
        if (index > 0 || !remembers)
          sent[index] = (sent[index] ?? (await client.start())) as Buffer<ArrayBuffer> | null;
        assert.deepEqual(canonical(name, sent[index] ?? null), canonical(name, all[index] ?? null));
      } else {
        const answer = client.complete ? null : await client.step(all[index] ?? null);
        if (complete !== true) sent[index + 1] = answer as Buffer<ArrayBuffer> | null;
      }
    }

    assert.equal(client.complete, true);
    assert.equal(client.layer?.ssf ?? 0, recorded.ssf);
    checkFrames(client.layer, 'client', recorded);
  });

  test(`our server in the place of Cyrus's: ${recorded.name}`, async () => {
    const challenge = whole.find((text) => /,s=.*,i=/.test(text) || text.startsWith('nonce=')) ?? '';
    const [, salt = '', iterations = ''] = /,s=(.*),i=(\d+)$/.exec(challenge) ?? [];
    const hash = scramHashes[name.replace('SCRAM-SHA-', 'sha') as 'sha1' | 'sha256' | 'sha512'];
    const scram =
      hash === undefined
        ? {}
        : { scram: { [hash.name]: await scramKeys(hash, password, Buffer.from(salt, 'base64'), Number(iterations)) } };
    const clientNonce = whole[0]?.replace(/.*,r=/, '') ?? '';
    const nonce = name.startsWith('SCRAM')
      ? /r=([^,]*)/.exec(challenge)?.[1]?.slice(clientNonce.length)
      : /nonce="([^"]*)"/.exec(challenge)?.[1];
    const server = await mechanism.server({
      ...serverOptions({}, { realm, host, minSsf, maxSsf, externalName: user }),
      lookup: (asked) => (asked === user ? { password, ...scram } : null),
      ...(nonce === undefined ? {} : { nonce }),
    });
    let client: Uint8Array | null = null;
    let steps = 0;

    for (const [index, { from, complete = false }] of recorded.messages.entries()) {
      if (from === 'client') {
        client = all[index] ?? null;
        continue;
      }
      const answer = await (steps++ === 0 ? server.start(client) : server.step(client));
      assert.equal(answer.complete, complete);
      assert.deepEqual(canonical(name, answer.data), canonical(name, all[index] ?? null));
    }

    assert.equal(server.user, name === 'ANONYMOUS' ? 'anonymous' : user);
    assert.equal(server.layer?.ssf ?? 0, recorded.ssf);
    checkFrames(server.layer, 'server', recorded);
  });
}

function checkFrames(layer: SecurityLayer | null, side: 'client' | 'server', { frames = [] }: Recorded): void {
  for (const { from, text, base64 } of frames) {
    const frame = Buffer.from(base64, 'base64');
    if (from === side) assert.deepEqual(Buffer.from(layer?.wrap(Buffer.from(text)) ?? []), frame);
    else assert.equal(Buffer.from(layer?.unwrap(frame.subarray(4)) ?? []).toString(), text);
  }
}
