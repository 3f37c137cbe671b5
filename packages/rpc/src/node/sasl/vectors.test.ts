// The examples of the RFCs, byte for byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestMd5 } from './digest-md5.ts';
import type { SaslMechanism } from './mechanism.ts';
import { plain } from './plain.ts';
import { scramSha1, scramSha256 } from './scram.ts';
import { scramHashes, scramKeys } from './scram-keys.ts';
import { runExchange, serverOptions } from './testing.ts';

const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString());

const scramExamples: readonly (readonly [string, SaslMechanism, 'sha1' | 'sha256', readonly string[]])[] = [
  [
    'RFC 5802, section 5',
    scramSha1,
    'sha1',
    [
      'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL',
      'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
      'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
      'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
    ],
  ],
  [
    'RFC 7677, section 3',
    scramSha256,
    'sha256',
    [
      'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    ],
  ],
];

for (const [name, mechanism, hash, messages] of scramExamples) {
  test(`${mechanism.name}: ${name}`, async () => {
    const [first = '', challenge = ''] = messages;
    const clientNonce = first.slice(first.indexOf('r=') + 2);
    const [, both = '', salt = ''] = /r=(.*),s=(.*),i=/.exec(challenge) ?? [];
    const keys = await scramKeys(scramHashes[hash], 'pencil', Buffer.from(salt, 'base64'));
    const options = serverOptions({}, { lookup: () => ({ scram: { [hash]: keys } }) });
    const client = await mechanism.client({
      host: 'h',
      authname: 'user',
      password: 'pencil',
      minSsf: 0,
      maxSsf: 0,
      nonce: clientNonce,
    });
    const server = await mechanism.server({ ...options, nonce: both.slice(clientNonce.length) });

    const sent = await runExchange(client, server);

    assert.deepEqual(sent.map(text), messages);
    assert.equal(server.user, 'user');
    assert.equal(client.complete, true);
  });
}

test('DIGEST-MD5: RFC 2831, section 4', async () => {
  const client = await digestMd5.client({
    service: 'imap',
    host: 'elwood.innosoft.com',
    authname: 'chris',
    password: 'secret',
    minSsf: 0,
    maxSsf: 0,
    nonce: 'OA6MHXh6VqTrRk',
  });
  const server = await digestMd5.server(
    serverOptions(
      { chris: 'secret' },
      { service: 'imap', host: 'elwood.innosoft.com', realm: 'elwood.innosoft.com', nonce: 'OA6MG9tEQGm2hh' },
    ),
  );

  const [, challenge, response, proof] = await runExchange(client, server);

  assert.match(text(challenge ?? null) ?? '', /realm="elwood\.innosoft\.com".*nonce="|nonce="OA6MG9tEQGm2hh"/);
  assert.match(text(response ?? null) ?? '', /,response=d388dad90d4bbd760a152321f2143af7$/);
  assert.equal(text(proof ?? null), 'rspauth=ea40f60335c427b5527b84dbabcdfffd');
  assert.equal(server.user, 'chris');
});

test('PLAIN: RFC 4616, section 4', async () => {
  const server = await plain.server(serverOptions({ tim: 'tanstaaftanstaaf', Kurt: 'xipj3plmq' }));

  const answer = await server.start(Buffer.from('\0tim\0tanstaaftanstaaf'));

  assert.deepEqual(answer, { data: null, complete: true });
  assert.equal(server.user, 'tim');
  // The example in which Kurt acts as Ursel: here nobody acts for others.
  const other = await plain.server(serverOptions({ Kurt: 'xipj3plmq' }));
  await assert.rejects(async () => other.start(Buffer.from('Ursel\0Kurt\0xipj3plmq')), {
    message: 'authentication failed: authentication failed',
  });
});
