import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import * as fc from 'fast-check';
import { type ConfFile, type ConfValue, parseConfFile } from './conf-file.ts';

interface Case {
  readonly text: string;
  readonly error?: string;
  readonly setting?: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

const { cases } = JSON.parse(readFileSync(new URL('../../../spec/conf.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[];
};

const getters: Readonly<Record<string, (file: ConfFile) => unknown>> = {
  keepalive_interval: (file) => file.getInt('keepalive_interval'),
  listen_tls: (file) => file.getBool('listen_tls'),
  access_drivers: (file) => file.getStringList('access_drivers'),
  unix_sock_group: (file) => file.getString('unix_sock_group'),
  auth_tcp: (file) => file.getString('auth_tcp'),
  max_clients: (file) => file.getUint('max_clients'),
  log_level: (file) => file.getUint('log_level'),
};

function plain(value: ConfValue): unknown {
  if (value.kind === 'string') return value.text;
  return value.kind === 'number' ? Number(value.number) : value.items.map(plain);
}

for (const { text, error, setting, values } of cases) {
  test(`${JSON.stringify(text)} is read as libvirt reads it`, () => {
    if (error === undefined) {
      const file = parseConfFile(text, { path: 'FILE' });
      assert.deepEqual(
        Object.fromEntries([...file.entries].map(([name, entry]) => [name, plain(entry.value)])),
        values,
      );
      return;
    }
    const read = () => {
      const file = parseConfFile(text, { path: 'FILE' });
      if (setting !== undefined) getters[setting]?.(file);
    };
    assert.throws(read, { name: 'LibvirtError', message: error, domain: ErrorDomain.Conf });
  });
}

test('entries keep their line, and a repeated name is told apart', () => {
  const file = parseConfFile('# one\na = [\n1,\n2 ]\n\nb = """x\ny"""\na = 2; c = 3\n', { path: 'FILE' });

  assert.deepEqual(
    [...file.entries.values()].map(({ name, line }) => `${name}:${line}`),
    ['a:2', 'b:6', 'c:8'],
  );
  assert.deepEqual(
    file.repeated.map(({ name, line }) => `${name}:${line}`),
    ['a:8'],
  );
});

test('texts of wrong values have the line where it is asked for', () => {
  const file = parseConfFile('\nmax_clients = "x"\n', { path: '/etc/x.conf', linesInErrors: true });

  assert.throws(() => file.getUint('max_clients'), {
    message: "internal error: /etc/x.conf:2: expected an unsigned integer for 'max_clients' parameter",
    code: ErrorCode.InternalError,
  });
});

test('a file of blanks is empty, and the last line needs no newline', () => {
  assert.equal(parseConfFile(' \n\t\n  ', { path: 'FILE' }).entries.size, 0);
  assert.equal(parseConfFile('a = 12', { path: 'FILE' }).getUint('a'), 12);
});

test('a number of any length is too big, not wrapped', () => {
  const file = parseConfFile(`a = ${'9'.repeat(100_000)}\n`, { path: 'FILE' });

  assert.throws(() => file.getUint('a'), { message: /must be in range 0:4294967295/ });
});

test('lists nested without end are refused', () => {
  assert.throws(() => parseConfFile(`a = ${'['.repeat(100_000)}`, { path: 'FILE' }), {
    message: 'configuration file syntax error: FILE:1: lists are nested too deeply',
  });
});

test('a NUL in a string is refused', () => {
  assert.throws(() => parseConfFile('a = "x\0y"\n', { path: 'FILE' }), {
    message: 'configuration file syntax error: FILE:1: NUL character in a string',
  });
});

test('any text gives a file or a LibvirtError', () => {
  const piece = fc.constantFrom(
    'a',
    '=',
    '"',
    '"""',
    "'",
    '[',
    ']',
    ',',
    '\n',
    ' ',
    '#',
    '1',
    '-',
    '+',
    ';',
    '\r',
    '\0',
    'é',
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (content) => {
      try {
        parseConfFile(content, { path: 'FILE' });
      } catch (error) {
        assert.ok(error instanceof LibvirtError);
      }
    }),
    { numRuns: 2000 },
  );
});
