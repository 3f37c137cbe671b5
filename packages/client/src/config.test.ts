// Tests of libvirt.conf and of the choice of a URI; texts, codes and domains measured with libvirt 9.0.0.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LibvirtError } from '@virtwire/rpc';
import { chooseUri, parseClientConfig } from './config.ts';
import { readParameters } from './uri-parameters.ts';

const PATH = '/etc/libvirt/libvirt.conf';

function choose(given: string | null, conf: string, env: Record<string, string> = {}, aliases = true): string | null {
  return chooseUri({ given, aliases, env, config: parseClientConfig(conf, PATH) });
}

const ALIASES = 'uri_aliases = ["a=test:///default", "b-_9=test:///b", "a=test:///second", "c=a"]\n';

const choices: readonly [what: string, chosen: string | null, ...args: Parameters<typeof choose>][] = [
  ['the given URI', 'test:///x', 'test:///x', 'uri_default = "test:///default"'],
  ['the first alias of a name', 'test:///default', 'a', ALIASES],
  ['an alias with all kinds of characters', 'test:///b', 'b-_9', ALIASES],
  ['what an alias says, even if it is an alias', 'a', 'c', ALIASES],
  ['a name that is no alias as it is', 'd', 'd', ALIASES],
  ['the name itself when aliases are off', 'a', 'a', ALIASES, {}, false],
  [
    'LIBVIRT_DEFAULT_URI before uri_default',
    'test:///env',
    null,
    'uri_default="test:///c"',
    { LIBVIRT_DEFAULT_URI: 'test:///env' },
  ],
  ['an alias in LIBVIRT_DEFAULT_URI', 'test:///default', '', ALIASES, { LIBVIRT_DEFAULT_URI: 'a' }],
  [
    'uri_default when LIBVIRT_DEFAULT_URI is empty',
    'test:///c',
    null,
    'uri_default="test:///c"',
    { LIBVIRT_DEFAULT_URI: '' },
  ],
  ['an alias in uri_default', 'test:///default', null, `${ALIASES}uri_default = "a"`],
  ['nothing when nothing says', null, null, ALIASES],
  ['the one short name', 'xen:///system', 'Xen', 'uri_aliases = ["xen=test:///default"]'],
];

for (const [what, chosen, ...args] of choices) {
  test(`chooses ${what}`, () => {
    assert.equal(choose(...args), chosen);
  });
}

const failures: readonly [conf: string, given: string | null, code: number, domain: number, message: string][] = [
  [
    'uri_aliases = ["a"]',
    'a',
    33,
    45,
    "configuration file syntax error: Malformed 'uri_aliases' config entry 'a', expected 'alias=uri://host/path'",
  ],
  [
    'uri_aliases = ["a/b=x","a=test:///default"]',
    'test:///default',
    33,
    45,
    "configuration file syntax error: Malformed 'uri_aliases' config entry 'a/b=x', aliases may only contain 'a-Z, 0-9, _, -'",
  ],
  [
    'uri_aliases = [1]',
    'test:///default',
    33,
    9,
    `configuration file syntax error: ${PATH}: expected a string list for 'uri_aliases' parameter`,
  ],
  ['uri_aliases = "a=b"', 'a', 1, 9, `internal error: ${PATH}: expected a string list for 'uri_aliases' parameter`],
  ['uri_default = 1', null, 1, 9, `internal error: ${PATH}: expected a string for 'uri_default' parameter`],
  ['uri_default = "', 'test:///default', 33, 9, `configuration file syntax error: ${PATH}:1: unterminated string`],
  ['bogus', 'test:///default', 33, 9, `configuration file syntax error: ${PATH}:1: expecting an assignment`],
];

for (const [conf, given, code, domain, message] of failures) {
  test(`refuses ${conf} as libvirt does`, () => {
    assert.throws(() => choose(given, conf), { code, domain, message });
  });
}

test('gives the words for parameters that a URI leaves out', () => {
  const config = parseClientConfig('remote_mode = "legacy"\nremote_proxy = "native"\ntls_priority = "PFS"\n', PATH);

  assert.deepEqual([config.remoteMode(), config.remoteProxy(), config.tlsPriority()], ['legacy', 'native', 'PFS']);
});

for (const [key, read] of [
  ['remote_mode', 'remoteMode'],
  ['remote_proxy', 'remoteProxy'],
  ['tls_priority', 'tlsPriority'],
] as const) {
  test(`complains about ${key} of a wrong type when it is needed`, () => {
    const config = parseClientConfig(`${key} = 1`, PATH);

    assert.throws(() => config[read](), {
      code: 1,
      domain: 9,
      message: `internal error: ${PATH}: expected a string for '${key}' parameter`,
    });
  });
}

test('a parameter of the URI counts more than the word of the file, which is checked like it', () => {
  const given = [{ name: 'proxy', value: 'netcat', escaped: 'netcat' }];
  const defaults = { mode: () => 'direct', proxy: () => 'foo' };

  const read = readParameters(given, defaults);

  assert.deepEqual([read.mode, read.proxy], ['direct', 'netcat']);
  assert.throws(() => readParameters([], defaults), { message: "invalid argument: Unnkown proxy type 'foo'" });
});

test('a wrong setting that is not needed does no harm', () => {
  assert.equal(choose('test:///default', 'uri_default = 1'), 'test:///default');
  assert.equal(choose(null, 'uri_default = 1', { LIBVIRT_DEFAULT_URI: 'test:///default' }), 'test:///default');
});

test('any entry of uri_aliases is an alias or a LibvirtError', () => {
  const entry = fc.string({ unit: fc.constantFrom('a', '=', '-', '/', '"', "'", ' ', '\\', '\n', 'é', '[', ',') });

  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      try {
        choose('a', `uri_aliases = [${entries.map((text) => `"${text}"`).join(', ')}]\n`);
      } catch (thrown) {
        assert.ok(thrown instanceof LibvirtError, String(thrown));
      }
    }),
  );
});
