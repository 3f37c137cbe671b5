import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc';
import * as fc from 'fast-check';
import { defaultConfigText, loadConfig, nearestName } from './config.ts';
import { type ConfigName, type ConfigRow, configRows } from './config-rows.ts';

function load(text: string, listen = false) {
  return loadConfig(text, { path: '/etc/x.conf', listen });
}

function refusal(text: string, listen = false): string {
  try {
    load(text, listen);
  } catch (error) {
    assert.ok(error instanceof LibvirtError);
    return error.message;
  }
  return 'accepted';
}

test('an empty file gives the defaults', () => {
  const { config, warnings } = load('');

  assert.equal(config.max_clients, 5000);
  assert.equal(config.unix_sock_rw_perms, null);
  assert.equal(config.auth_unix_rw, null);
  assert.equal(config.listen_addr, null);
  assert.deepEqual(warnings, []);
});

test('wrong values stop the start with file, line and reason', () => {
  const place = '/etc/x.conf:2';
  const cases: Readonly<Record<string, string>> = {
    'max_clients = "x"': `internal error: ${place}: expected an unsigned integer for 'max_clients' parameter`,
    'max_clients = 4294967296': `internal error: ${place}: value for 'max_clients' parameter must be in range 0:4294967295`,
    'listen_tcp = 2': `internal error: ${place}: value for 'listen_tcp' parameter must be 0 or 1`,
    'keepalive_interval = "x"': `internal error: ${place}: expected a signed integer for 'keepalive_interval' parameter`,
    'auth_unix_ro = "kerberos"': `unsupported configuration: ${place}: auth_unix_ro: unsupported auth kerberos`,
    'max_workers = 0': "internal error: 'max_workers' must be greater than 0",
    'tcp_min_ssf = 100': 'unsupported configuration: minimum SSF levels lower than 112 are not supported',
    'host_uuid = "00000000-0000-0000-0000-000000000000"': `unsupported configuration: ${place}: invalid host UUID: 00000000-0000-0000-0000-000000000000`,
    'max_clients = 5\nmax_anonymous_clients = 6':
      'internal error: The overall maximum number of clients must not be less than the number of clients waiting for authentication',
    'max_clients = 1 2': `configuration file syntax error: ${place}: expecting a separator`,
    'access_drivers = "polkit"': `internal error: ${place}: expected a string list for 'access_drivers' parameter`,
  };
  for (const [text, message] of Object.entries(cases)) assert.equal(refusal(`# line one\n${text}\n`), message, text);
});

test('listening without the protection that was asked for, or is the default, is refused', () => {
  assert.equal(refusal('', true), 'accepted');
  assert.match(refusal('listen_tls = 0\nlisten_tcp = 1\nauth_tcp = "polkit"', true), /x\.conf:3: auth_tcp = "polkit"/);
  assert.equal(refusal('listen_tls = 0\nlisten_tcp = 1', true), 'accepted');
  assert.equal(refusal('listen_tls = 0\nlisten_tcp = 1\nauth_tcp = "none"', true), 'accepted');
});

test('what asks for no more than there is passes', () => {
  for (const text of [
    'auth_unix_rw = "polkit"',
    'auth_unix_ro = "sasl"',
    'auth_tls = "sasl"',
    'sasl_allowed_username_list = [ "alice" ]',
    'tcp_min_ssf = 112',
    'access_drivers = []',
    'access_drivers = [ "none" ]',
    'audit_level = 2',
    'audit_logging = 1',
    'listen_tls = 1',
    'auth_tcp = "sasl"',
  ]) {
    assert.equal(refusal(text), 'accepted', text);
  }
});

test('unknown and repeated names are told with their line, and the nearest known name', () => {
  const { warnings, config } = load('max_client = 5\nzzz = 1\n\nmax_clients = 30\nmax_clients = 40\n');

  assert.equal(config.max_clients, 30);
  assert.deepEqual(warnings, [
    "/etc/x.conf:1: unknown setting 'max_client' is ignored; did you mean 'max_clients'?",
    "/etc/x.conf:2: unknown setting 'zzz' is ignored",
    "/etc/x.conf:5: 'max_clients' is set again and ignored; line 4 counts",
  ]);
});

test('names of certificates in the spelling of openssl are told with the one that counts', () => {
  const { warnings } = load('tls_allowed_dn_list = [ "C=GB,O=Acme,CN=*", "C = GB, O = Acme, CN = x" ]\n');

  assert.deepEqual(warnings, [
    "/etc/x.conf:1: 'C = GB, O = Acme, CN = x' is spelled as openssl does; it is read as 'C=GB,O=Acme,CN=x', which libvirtd wants to see",
  ]);
});

test('the nearest name is found by letters, not by luck', () => {
  assert.equal(nearestName('unix_sock_rw_perm'), 'unix_sock_rw_perms');
  assert.equal(nearestName('LISTEN_TCP'), 'listen_tcp');
  assert.equal(nearestName('spice_port'), null);
  assert.equal(nearestName('x'.repeat(100_000)), null);
});

test('names of the language are unknown settings like any other', () => {
  assert.deepEqual(load('constructor = 1\ntoString = 1\n').warnings.length, 2);
});

test('the printed file has every setting once, and counts as none', () => {
  const text = defaultConfigText();

  assert.deepEqual(load(text), load(''));
  assert.deepEqual(
    [...text.matchAll(/^#(\w+) = /gm)].map(([, name]) => name),
    Object.keys(configRows),
  );
  for (const line of text.split('\n')) assert.ok(line.length <= 130, line);
});

test('each line of the printed file is one that may count: the default, or an example that is marked by its default', () => {
  const text = defaultConfigText();
  const rows: Readonly<Record<string, ConfigRow>> = configRows;
  for (const [line, name = ''] of text.matchAll(/^#(\w+) = .*$/gm)) {
    const { config, warnings } = load(line.slice(1));

    assert.deepEqual(warnings, []);
    const { example, defaultText, default: value } = rows[name] as ConfigRow;
    assert.deepEqual(config[name as ConfigName], example ?? value, name);
    if (example !== undefined) assert.ok(defaultText !== undefined, name);
    else assert.ok(value !== null, `${name}: an empty text is no default`);
  }
});

test('the file that comes along is the printed one', () => {
  assert.equal(readFileSync(new URL('../etc/libvirtd.conf', import.meta.url), 'utf8'), defaultConfigText());
});

test('any text gives a configuration or a LibvirtError', () => {
  const name = fc.constantFrom(...Object.keys(configRows));
  const value = fc.constantFrom('0', '1', '-1', '99999999999', '"none"', '"x"', '[]', '["a"]', '[1]', '""', '= x');
  const text = fc.array(fc.tuple(name, value)).map((lines) => lines.map(([n, v]) => `${n} = ${v}\n`).join(''));
  fc.assert(
    fc.property(text, fc.boolean(), (content, listen) => {
      try {
        load(content, listen);
      } catch (error) {
        assert.ok(error instanceof LibvirtError);
      }
    }),
  );
});
