import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc';
import * as fc from 'fast-check';
import { open } from './open.ts';
import { MemoryDaemon } from './testing/memory-daemon.ts';
import { unix } from './transport/unix.ts';
import { formatUri, parseUri, remoteUri } from './uri.ts';
import { readParameters } from './uri-parameters.ts';

interface UriCase {
  readonly uri: string;
  readonly name?: string;
  readonly shown?: string;
  readonly error?: { readonly code: number; readonly domain: number; readonly message: string };
}
const spec = JSON.parse(readFileSync(new URL('../../../spec/uri.json', import.meta.url), 'utf8')) as {
  cases: UriCase[];
};

for (const { uri, name, shown, error } of spec.cases) {
  test(`treats ${uri} as libvirt does`, async () => {
    const daemon = new MemoryDaemon();
    const means = daemon.means();
    // The host of a unix URI is refused by the transport itself.
    const transports = new Map(means.transports).set('unix', {
      ...unix,
      dial: (target, signal) =>
        (target.uri?.host ?? null) === null ? Promise.resolve(daemon.connect()) : unix.dial(target, signal),
    });

    const opening = open(uri, {}, { ...means, transports });

    if (error !== undefined) {
      await assert.rejects(opening, (thrown: LibvirtError) => {
        assert.deepEqual({ code: thrown.code, domain: thrown.domain, message: thrown.message }, error);
        return true;
      });
      return;
    }
    await using connection = await opening;
    const asked = daemon.calls.find((call) => call.name === 'connectOpen');
    assert.equal(asked?.args['name'], name);
    assert.equal(connection.uri, shown);
  });
}

test('the server chooses when no URI is given, and says what it chose', async () => {
  const daemon = new MemoryDaemon({ answers: { connectGetUri: () => ({ uri: 'qemu:///system' }) } });

  await using connection = await open(null, {}, daemon.means());

  assert.equal(daemon.calls.find((call) => call.name === 'connectOpen')?.args['name'], '');
  assert.equal(connection.uri, 'qemu:///system');
});

test('parameters reach the options that they are meant for, whatever their case', () => {
  const { parameters } = parseUri(
    'qemu+ssh://h/system?Socket=%2Frun%2Fx&KEEPALIVE_INTERVAL=7&keepalive_count=2&no_tty=1',
  );

  const read = readParameters(parameters);

  assert.equal(read.socket, '/run/x');
  assert.equal(read.keepaliveIntervalS, 7);
  assert.equal(read.keepaliveCount, 2);
  assert.equal(read.noTty, true);
  assert.equal(read.noVerify, false);
  assert.equal(read.auth, null);
});

test('the parts of a URI are unescaped', () => {
  const uri = parseUri('qemu+ssh://some%20one@[fe80::1%25eth0]:22/a%20b?x=%C3%A9#f');

  assert.deepEqual(
    { driver: uri.driver, transport: uri.transport, user: uri.user, host: uri.host, port: uri.port, path: uri.path },
    { driver: 'qemu', transport: 'ssh', user: 'some one', host: 'fe80::1%eth0', port: 22, path: '/a b' },
  );
  assert.deepEqual(uri.parameters, [{ name: 'x', value: 'é', escaped: '%C3%A9' }]);
});

test('any text is a URI or a LibvirtError, and what is a URI stays the same when it is written and read again', () => {
  const pieces = fc.constantFrom(
    'test',
    '+',
    'tcp',
    ':',
    '//',
    '/',
    '@',
    '[',
    ']',
    '::1',
    '%',
    '%2F',
    '?',
    '&',
    ';',
    '=',
    '#',
  );
  const text = fc
    .array(fc.oneof(pieces, fc.string({ maxLength: 4 })), { maxLength: 12 })
    .map((parts) => parts.join(''));

  fc.assert(
    fc.property(
      fc.oneof(
        text,
        text.map((rest) => `test+tcp://${rest}`),
      ),
      (input) => {
        let uri: ReturnType<typeof parseUri>;
        try {
          uri = parseUri(input);
          readParameters(uri.parameters);
        } catch (thrown) {
          assert.ok(thrown instanceof LibvirtError, String(thrown));
          return;
        }
        const again = formatUri(uri);
        const asked = remoteUri(uri, () => false);
        // libvirt writes a path without a first slash where a host would stand, and a host unescaped.
        if (!/^(\/|$)/.test(uri.path) || !/^[\w.:-]*$/.test(uri.host ?? '')) return;
        assert.equal(formatUri(parseUri(again)), again);
        if (uri.driver !== 'remote') assert.equal(formatUri(parseUri(asked)), asked);
      },
    ),
    { numRuns: 3000 },
  );
});
