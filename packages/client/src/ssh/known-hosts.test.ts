// Tests of the file of known host keys, against lines that ssh-keygen itself would write.
import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc';
import * as fc from 'fast-check';
import type { CredentialRequest } from '../credentials.ts';
import { libssh2Flavour, libsshFlavour } from './flavour.ts';
import { checkHostKey, type HostKeyCheck, hostKeyPolicy, readKnownHosts } from './host-key.ts';
import { authoritiesFor, judgeHostKey, knownHostLine, knownKeyTypes, parseKnownHosts } from './known-hosts.ts';

function keyOf(type: string, seed: number): Uint8Array {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([length, name, Buffer.alloc(32, seed)]);
}

const KEY = keyOf('ssh-ed25519', 1);
const OTHER = keyOf('ssh-ed25519', 2);
const RSA = keyOf('ssh-rsa', 3);
const text = (key: Uint8Array) => Buffer.from(key).toString('base64');
const line = (names: string, key: Uint8Array = KEY, type = 'ssh-ed25519') =>
  `${names} ${type} ${text(key)} comment here`;

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

const verdicts: readonly [what: string, file: string, host: string, port: number, verdict: string][] = [
  ['a plain name', line('host'), 'host', 22, 'known'],
  ['a name whatever its case', line('Host.Example'), 'HOST.example', 22, 'known'],
  ['one name of several', line('a,host,b'), 'host', 22, 'known'],
  ['an address', line('fe80::1'), 'fe80::1', 22, 'known'],
  ['a name with a port', line('[host]:2222'), 'host', 2222, 'known'],
  ['a name with the usual port', line('[host]:22'), 'host', 22, 'known'],
  ['a name without the port', line('host'), 'host', 2222, 'known'],
  ['another port', line('[host]:2222'), 'host', 2223, 'unknown'],
  ['a port that is not in the line', line('[host]:2222'), 'host', 22, 'unknown'],
  ['a hashed name', line(hashed('host')), 'host', 22, 'known'],
  ['a hashed name with a port', line(hashed('[host]:2222')), 'host', 2222, 'known'],
  ['another hashed name', line(hashed('host')), 'hosts', 22, 'unknown'],
  ['an unknown kind of hash', line('|2|AAAA|AAAA'), 'host', 22, 'unknown'],
  ['a wildcard', line('*.example'), 'host.example', 22, 'known'],
  ['a question mark', line('h?st'), 'host', 22, 'known'],
  ['a wildcard with a port', line('[*.example]:2222'), 'host.example', 2222, 'known'],
  ['a name taken out', line('*.example,!host.example'), 'host.example', 22, 'unknown'],
  ['only names taken out', line('!other'), 'host', 22, 'unknown'],
  ['another key', line('host', OTHER), 'host', 22, 'changed'],
  ['a key of another type', line('host', RSA, 'ssh-rsa'), 'host', 22, 'changed'],
  ['another key and this one', `${line('host', OTHER)}\n${line('host')}`, 'host', 22, 'known'],
  ['another key for the port alone', line('[host]:2222', OTHER), 'host', 2222, 'changed'],
  ['another key for the name without the port', line('host', OTHER), 'host', 2222, 'unknown'],
  ['a revoked key', `${line('host')}\n@revoked ${line('*')}`, 'host', 22, 'revoked'],
  ['another revoked key', `${line('host')}\n@revoked ${line('*', OTHER)}`, 'host', 22, 'known'],
  ['a key that is an authority', `@cert-authority ${line('*')}`, 'host', 22, 'unknown'],
  ['an unknown marker', `@other ${line('host')}`, 'host', 22, 'unknown'],
  [
    'comments and garbage',
    `# ${line('host')}\n\nhost\nhost ssh-ed25519\nhost ssh-ed25519 !!!\n`,
    'host',
    22,
    'unknown',
  ],
  ['tabs and lines of Windows', line('host').replaceAll(' ', '\t').concat('\r\n'), 'host', 22, 'known'],
  ['an old line with numbers', 'host 1024 35 1234567890', 'host', 22, 'unknown'],
];

for (const [what, file, host, port, verdict] of verdicts) {
  test(`${what}: the key is ${verdict}`, () => {
    assert.equal(judgeHostKey(parseKnownHosts(file), host, port, KEY), verdict);
  });
}

test('the types of the stored keys are told, so that the server shows one of them', () => {
  const hosts = parseKnownHosts(`${line('host', RSA, 'ssh-rsa')}\n@revoked ${line('host')}\n${line('other')}`);

  assert.deepEqual(knownKeyTypes(hosts, 'host', 22), ['ssh-rsa']);
  assert.deepEqual(knownKeyTypes(hosts, 'nobody', 22), []);
});

test('authorities are those of the lines for the host, less those that are revoked', () => {
  const hosts = parseKnownHosts(
    `@cert-authority ${line('*.example,!no.example')}\n@cert-authority ${line('[h.example]:99', OTHER)}\n${line('h.example', RSA)}`,
  );
  const revoked = parseKnownHosts(`@cert-authority ${line('*')}\n@revoked ${line('bad.example')}`);

  assert.deepEqual(authoritiesFor(hosts, 'H.example', 22), [Buffer.from(KEY)]);
  assert.deepEqual(authoritiesFor(hosts, 'h.example', 99), [Buffer.from(KEY), Buffer.from(OTHER)]);
  assert.deepEqual(authoritiesFor(hosts, 'no.example', 22), []);
  assert.deepEqual(authoritiesFor(revoked, 'bad.example', 22), []);
  assert.equal(authoritiesFor(revoked, 'good.example', 22).length, 1);
});

test('a key that an authority vouches for is known, unless it is revoked', () =>
  withFile(async (path) => {
    const certified = { key: KEY, fault: null };
    const others = parseKnownHosts(line('host', OTHER));

    await check(path, { certified });
    await check(path, { certified, known: others });
    await assert.rejects(check(path, { certified: { key: OTHER, fault: null } }), LibvirtError);
    await assert.rejects(check(path, { certified: { key: null, fault: 'x' }, known: others }), LibvirtError);
    await assert.rejects(check(path, { certified, known: parseKnownHosts(`@revoked ${line('*')}`) }), /is revoked/);
    await assert.rejects(stat(path), { code: 'ENOENT' });
  }));

test('the strict policy asks nobody, and a key is not written to where nothing is kept', () =>
  withFile(async (path) => {
    await assert.rejects(check(path, { policy: 'strict', answer: 'y' }), /was not accepted/);
    await check(path, { policy: 'auto', path: null });
    await check('/dev/null', { policy: 'auto' });
  }));

test('what is written is read again', () => {
  for (const port of [22, 2222]) {
    const written = knownHostLine('Host', port, KEY);

    assert.equal(judgeHostKey(parseKnownHosts(written), 'host', port, KEY), 'known');
  }
  assert.equal(knownHostLine('h', 22, KEY), `h ssh-ed25519 ${text(KEY)}\n`);
  assert.equal(knownHostLine('::1', 99, KEY), `[::1]:99 ssh-ed25519 ${text(KEY)}\n`);
});

test('any file is read, in little time, and no garbage makes a key known', () => {
  const piece = fc.constantFrom(
    'host',
    '*',
    '?',
    '!',
    ',',
    ' ',
    '\t',
    '\n',
    '@revoked',
    '|1|',
    '|',
    '[',
    ']:22',
    'ssh-ed25519',
    '=',
    'AAAA',
  );
  const file = fc.array(fc.oneof(piece, fc.string({ maxLength: 6 })), { maxLength: 40 }).map((parts) => parts.join(''));

  fc.assert(
    fc.property(file, (content) => {
      const verdict = judgeHostKey(parseKnownHosts(content), 'host', 22, KEY);

      assert.ok(verdict === 'unknown' || verdict === 'changed', verdict);
    }),
    { numRuns: 2000 },
  );
  const nasty = line(`${'*a'.repeat(4000)},host`);
  assert.equal(judgeHostKey(parseKnownHosts(nasty), 'a'.repeat(200), 22, KEY), 'unknown');
});

async function withFile(run: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'known-'));
  try {
    await run(join(folder, 'new', 'known_hosts'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function check(
  path: string,
  more: Partial<HostKeyCheck> & { answer?: string | null },
): Promise<CredentialRequest[]> {
  const { answer, ...rest } = more;
  const asked: CredentialRequest[] = [];
  await checkHostKey(
    {
      flavour: libsshFlavour,
      host: 'host',
      port: 22,
      policy: 'normal',
      path,
      known: await readKnownHosts(path),
      certified: null,
      signal: undefined,
      credentials: {
        callback: answer === undefined ? null : () => null,
        stored: async () => null,
        ask: async (_context, requests) => {
          asked.push(...requests);
          if (answer === null || answer === undefined) throw new Error('cancelled');
          return [answer];
        },
      },
      ...rest,
    },
    KEY,
  );
  return asked;
}

const SHA = libsshFlavour.hashKey(KEY);
const MD5 = libssh2Flavour.hashKey(KEY);

test('hashes are shown as libvirt shows them', () => {
  assert.match(SHA, /^([0-9a-f]{2}:){31}[0-9a-f]{2}$/);
  assert.match(MD5, /^([0-9A-F]{2}:){15}[0-9A-F]{2}$/);
});

test('a person who accepts is not asked again, and the file is for nobody else', () =>
  withFile(async (path) => {
    const asked = await check(path, { answer: 'Y' });
    const again = await check(path, { answer: null });

    assert.deepEqual(
      asked.map(({ prompt }) => prompt),
      [`Accept SSH host key with hash '${SHA}' for host 'host:22' (y/n)?`],
    );
    assert.deepEqual(again, []);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  }));

test('a key is added behind a last line without an end', () =>
  withFile(async (path) => {
    await check(path, { policy: 'auto', host: 'first' });
    await writeFile(path, (await readFile(path, 'utf8')).trimEnd());

    await check(path, { policy: 'auto' });

    assert.equal(await readFile(path, 'utf8'), `${knownHostLine('first', 22, KEY)}${knownHostLine('host', 22, KEY)}`);
  }));

for (const [what, more, message] of [
  [
    'nobody can be asked',
    {},
    "libssh transport error: No user interaction callback provided: Can't verify the session host key",
  ],
  ['the person cancels', { answer: null }, 'libssh transport error: failed to retrieve decision to accept host key'],
  [
    'the person says yes',
    { answer: 'yes' },
    `libssh transport error: SSH host key for 'host' (${SHA}) was not accepted`,
  ],
  [
    'the person says no',
    { answer: 'n', flavour: libssh2Flavour },
    `SSH transport error: SSH host key for 'host' (${MD5}) was not accepted`,
  ],
] as const) {
  test(`an unknown key is refused when ${what}`, () =>
    withFile(async (path) => {
      await assert.rejects(check(path, more), { message });
      await assert.rejects(readFile(path), { code: 'ENOENT' });
    }));
}

test('a changed key is refused whatever the policy, unless nothing is checked', () =>
  withFile(async (path) => {
    const known = parseKnownHosts(line('host', OTHER), path);
    const message =
      "authentication failed: !!! SSH HOST KEY VERIFICATION FAILED !!!: Identity of host 'host:22' differs from stored " +
      `identity. Please verify the new host key '${SHA}' to avoid possible man in the middle attack. ` +
      `The key is stored in '${path}'.`;

    await assert.rejects(check(path, { known }), { message });
    await assert.rejects(check(path, { known, policy: 'auto' }), { message });
    await check(path, { known, policy: 'ignore' });
  }));

test('the policy is read as libvirt reads it', () => {
  assert.deepEqual(['normal', 'Auto', 'IGNORE', null].map(hostKeyPolicy), ['normal', 'auto', 'ignore', 'normal']);
  for (const word of ['foo', '']) {
    assert.throws(() => hostKeyPolicy(word), {
      message: `invalid argument: Invalid host key verification method: '${word}'`,
    });
  }
});
