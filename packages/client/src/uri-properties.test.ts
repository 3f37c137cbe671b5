// Properties of connection URIs over all transports and parameters: a URI is made from its parts, and the parts must
// come back; what is the client's stays here, everything else reaches the other side unchanged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import * as fc from 'fast-check';
import { open } from './open.ts';
import { MemoryDaemon } from './testing/memory-daemon.ts';
import { transportNames } from './transport/index.ts';
import type { DialTarget } from './transport/transport.ts';
import { formatUri, parseUri, remoteUri } from './uri.ts';
import { isOwnParameter, readParameters, uriParameters } from './uri-parameters.ts';

/** One parameter, unescaped. */
interface ParameterModel {
  readonly name: string;
  readonly value: string;
}

/** A URI in its parts, unescaped. */
interface UriModel {
  readonly driver: string;
  readonly transport: string | null;
  readonly user: string | null;
  readonly host: { readonly text: string; readonly name: string } | null;
  readonly port: number | null;
  readonly path: string;
  readonly parameters: readonly ParameterModel[];
  readonly fragment: string | null;
}

// Escapes everything that is not plain, so that the writer knows nothing of the parser's classes.
function escape(text: string, kept = ''): string {
  let escaped = '';
  for (const byte of new TextEncoder().encode(text)) {
    const char = String.fromCharCode(byte);
    escaped += /[A-Za-z0-9]/.test(char) || kept.includes(char) ? char : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return escaped;
}

function write({ driver, transport, user, host, port, path, parameters, fragment }: UriModel): string {
  const scheme = transport === null ? driver : `${driver}+${transport}`;
  const place = `${user === null ? '' : `${escape(user)}@`}${host?.text ?? ''}${port === null ? '' : `:${port}`}`;
  const query = parameters.map(({ name, value }) => `${escape(name)}=${escape(value)}`).join('&');
  const tail = fragment === null ? '' : `#${escape(fragment)}`;
  return `${scheme}://${place}${escape(path, '/')}${query === '' ? '' : `?${query}`}${tail}`;
}

// Any text that can be in a URI: no NUL, which libvirt's C strings cannot hold, and no halves of characters.
const word = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'binary', minLength: 1, maxLength }).filter((text) => !text.includes('\0') && text.isWellFormed());

const driver = fc.constantFrom('qemu', 'test', 'lxc', 'xen', 'vbox', 'ch', 'te.st-1');

const host = fc.oneof(
  fc.constantFrom('localhost', 'host.example.com', '127.0.0.1', 'a-b_c~d').map((name) => ({ name, text: name })),
  fc.constantFrom('::1', 'fe80::1', '2001:db8::1:2').map((name) => ({ name, text: `[${name}]` })),
  fc.constant({ name: 'fe80::1%eth0', text: '[fe80::1%25eth0]' }),
);

const textNames = [
  'name',
  'command',
  'socket',
  'auth',
  'netcat',
  'keyfile',
  'pkipath',
  'known_hosts',
  'known_hosts_verify',
  'sshauth',
  'tls_priority',
] as const;

const flagNames = ['no_sanity', 'no_verify', 'no_tty'] as const;

// The case of a parameter's name does not matter.
const anyCase = (name: string): fc.Arbitrary<string> =>
  fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((upper) =>
    Array.from(name)
      .map((char, index) => (upper[index] === true ? char.toUpperCase() : char))
      .join(''),
  );

const named = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<ParameterModel> =>
  fc.record({ name: anyCase(name), value });

const ownParameter: fc.Arbitrary<ParameterModel> = fc.oneof(
  ...textNames.map((name) => named(name, word(8))),
  ...flagNames.map((name) => named(name, fc.integer({ min: -3, max: 3 }).map(String))),
  named('mode', fc.constantFrom('auto', 'direct', 'legacy')),
  named('proxy', fc.constantFrom('auto', 'netcat', 'native')),
);

const sharedParameter: fc.Arbitrary<ParameterModel> = fc.oneof(
  named('keepalive_interval', fc.integer({ min: -1, max: 100 }).map(String)),
  named('keepalive_count', fc.integer({ min: 0, max: 100 }).map(String)),
);

const known = new Set(uriParameters.map(({ name }) => name));

// Names that libvirt's client hands on; it writes them as they are, so they hold nothing special here.
const foreignParameter: fc.Arbitrary<ParameterModel> = fc
  .record({ name: fc.stringMatching(/^[a-z][a-z0-9._]{0,7}$/), value: word(8) })
  .filter(({ name }) => !known.has(name));

const parameters = fc.array(fc.oneof(ownParameter, sharedParameter, foreignParameter), { maxLength: 8 });

const path = fc.array(word(5), { maxLength: 3 }).map((parts) => `/${parts.join('/')}`);

const uri: fc.Arbitrary<UriModel> = fc
  .record({
    driver,
    transport: fc.option(fc.constantFrom(...transportNames)),
    user: fc.option(word(6)),
    host: fc.option(host),
    port: fc.option(fc.integer({ min: 1, max: 65_535 })),
    path,
    parameters,
    fragment: fc.option(word(4), { freq: 5 }),
  })
  // A port belongs to a host.
  .map((model) => (model.host === null ? { ...model, port: null } : model));

const pairOf = ({ name, value }: ParameterModel) => [name, value];

/** The last value of a parameter in the model, whatever its case. */
function lastOf(model: UriModel, name: string): string | undefined {
  return model.parameters.findLast((each) => each.name.toLowerCase() === name)?.value;
}

test('every part of a URI comes back as it was meant', () => {
  fc.assert(
    fc.property(uri, (model) => {
      const parsed = parseUri(write(model));

      assert.equal(parsed.driver, model.driver);
      assert.equal(parsed.transport, model.transport);
      assert.equal(parsed.user, model.user);
      assert.equal(parsed.host, model.host?.name ?? null);
      assert.equal(parsed.port, model.port ?? 0);
      assert.equal(parsed.path, model.path);
      assert.deepEqual(parsed.parameters.map(pairOf), model.parameters.map(pairOf));
    }),
    { numRuns: 1500 },
  );
});

test('every parameter of the client is read from every transport, the last one counts', () => {
  fc.assert(
    fc.property(uri, (model) => {
      const read = readParameters(parseUri(write(model)).parameters);

      const texts = {
        name: read.name,
        command: read.command,
        socket: read.socket,
        auth: read.auth,
        netcat: read.netcat,
        keyfile: read.keyfile,
        pkipath: read.pkipath,
        known_hosts: read.knownHosts,
        known_hosts_verify: read.knownHostsVerify,
        sshauth: read.sshauth,
        tls_priority: read.tlsPriority,
        mode: read.mode,
        proxy: read.proxy,
      };
      for (const [name, value] of Object.entries(texts)) assert.equal(value, lastOf(model, name) ?? null, name);
      const flags = { no_sanity: read.noSanity, no_verify: read.noVerify, no_tty: read.noTty };
      for (const [name, value] of Object.entries(flags))
        assert.equal(value, Number(lastOf(model, name) ?? 0) !== 0, name);
      const numbers = { keepalive_interval: read.keepaliveIntervalS, keepalive_count: read.keepaliveCount };
      for (const [name, value] of Object.entries(numbers)) {
        const given = lastOf(model, name);
        assert.equal(value, given === undefined ? null : Number(given), name);
      }
    }),
    { numRuns: 1500 },
  );
});

test('the other side is asked for the same driver and path, with all parameters but ours', () => {
  fc.assert(
    fc.property(uri, (model) => {
      const asked = parseUri(remoteUri(parseUri(write(model)), isOwnParameter));

      assert.equal(asked.driver, model.driver);
      assert.deepEqual([asked.transport, asked.user, asked.host, asked.port], [null, null, null, 0]);
      assert.equal(asked.path, model.path);
      const expected = model.parameters.filter(
        ({ name }) => !known.has(name.toLowerCase()) || name.toLowerCase().startsWith('keepalive_'),
      );
      assert.deepEqual(asked.parameters.map(pairOf), expected.map(pairOf));
    }),
    { numRuns: 1500 },
  );
});

test('a URI that is shown is the same URI', () => {
  fc.assert(
    fc.property(uri, (model) => {
      const parsed = parseUri(write(model));
      // libvirt shows the zone of an address unescaped, which is no URI any more.
      fc.pre(parsed.host?.includes('%') !== true);

      const shown = formatUri(parsed);
      const again = parseUri(shown);

      assert.equal(formatUri(again), shown);
      assert.deepEqual({ ...again, query: null }, { ...parsed, query: null });
    }),
    { numRuns: 1500 },
  );
});

test('only what follows the last ampersand is separated by semicolons', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,3}=[a-z0-9]{0,3}$/), { minLength: 1, maxLength: 5 }), (parts) => {
      const values = (query: string) =>
        parseUri(`x:///?${query}`).parameters.map(({ name, value }) => `${name}=${value}`);

      assert.deepEqual(values(parts.join(';')), parts);
      assert.deepEqual(values(parts.join('&')), parts);
      assert.deepEqual(values(`${parts.join(';')}&z=1`), [parts.join(';'), 'z=1']);
    }),
  );
});

test('a bad value is refused in words that name it, wherever it stands', () => {
  const bad = fc.oneof(
    fc.record({ name: fc.constantFrom(...flagNames), value: fc.stringMatching(/^[a-z]{1,5}$/) }),
    fc.record({ name: fc.constantFrom('mode', 'proxy'), value: fc.stringMatching(/^[b-z]{1,3}$/) }),
  );
  const texts = (name: string, value: string): string =>
    name === 'mode'
      ? `invalid argument: Unknown remote mode '${value}'`
      : name === 'proxy'
        ? `invalid argument: Unnkown proxy type '${value}'`
        : `invalid argument: Failed to parse value of URI component ${name}`;

  fc.assert(
    fc.property(uri, bad, (model, { name, value }) => {
      // Behind all others, so that it is the one that counts.
      const given = parseUri(write({ ...model, parameters: [...model.parameters, { name, value }] })).parameters;

      assert.throws(() => readParameters(given), { code: ErrorCode.InvalidArg, message: texts(name, value) });
    }),
  );
});

test('whatever the URI, opening dials its own transport or fails with an error of libvirt', async () => {
  await fc.assert(
    fc.asyncProperty(uri, async (model) => {
      const daemon = new MemoryDaemon();
      const means = daemon.means();
      const dialled: { name: string; target: DialTarget }[] = [];
      const transports = new Map(
        transportNames.map((name) => [
          name,
          {
            name,
            encrypted: false,
            secure: true,
            dial: (target: DialTarget) => {
              dialled.push({ name, target });
              return Promise.resolve(daemon.connect());
            },
          },
        ]),
      );
      // `auth=` and numbers of keepalive are for other tests.
      const quiet = model.parameters.filter(({ name }) => !/^(auth|keepalive_\w+)$/i.test(name));
      const text = write({ ...model, parameters: quiet });

      await using connection = await open(text, {}, { ...means, transports });

      assert.equal(dialled.length, 1);
      assert.equal(dialled[0]?.name, model.transport ?? (model.host === null ? 'unix' : 'tls'));
      assert.equal(dialled[0]?.target.mode, lastOf(model, 'mode') ?? 'auto');
      const asked = daemon.calls.find(({ name }) => name === 'connectOpen')?.args['name'];
      assert.equal(asked, lastOf(model, 'name') ?? remoteUri(parseUri(text), isOwnParameter));
      assert.equal(connection.uri, formatUri(parseUri(text)));
    }),
    { numRuns: 150 },
  );
});

test('a text with one character changed is a URI or a LibvirtError, and costs little', () => {
  const changed = fc
    .record({ model: uri, at: fc.nat(), char: fc.string({ unit: 'binary', minLength: 0, maxLength: 2 }) })
    .map(({ model, at, char }) => {
      const text = write(model);
      const place = at % (text.length + 1);
      return text.slice(0, place) + char + text.slice(place + 1);
    });

  fc.assert(
    fc.property(changed, (text) => {
      try {
        const parsed = parseUri(text);
        readParameters(parsed.parameters);
        formatUri(parsed);
        remoteUri(parsed, isOwnParameter);
      } catch (thrown) {
        assert.ok(thrown instanceof LibvirtError, String(thrown));
      }
    }),
    { numRuns: 3000 },
  );
});
