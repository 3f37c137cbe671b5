import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { checkConfig } from './check-config.ts';
import { parseCommandLine } from './command-line.ts';
import { configRows } from './config-rows.ts';

async function check(text: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  const directory = mkdtempSync(`${tmpdir()}/virtwire-check-`);
  const file = `${directory}/d.conf`;
  writeFileSync(file, text);
  const said = { output: '', error: '' };
  const writer = (key: 'output' | 'error') => ({ write: (part: string) => (said[key] += part) });
  const options = parseCommandLine(['-f', file, ...args, '--check-config']);
  assert.ok('action' in options);
  assert.equal(options.action, 'check-config');
  const code = await checkConfig(options, { output: writer('output'), error: writer('error'), env });
  rmSync(directory, { recursive: true });
  return { code, output: said.output.replaceAll(file, 'FILE'), error: said.error.replaceAll(file, 'FILE') };
}

test('every setting is printed once with its value and where it comes from', async () => {
  const { code, output, error } = await check(
    `\nmax_clients = 30\ntls_allowed_dn_list = [ "CN=a", 'CN="b"' ]\naudit_logging = 0\n`,
    ['-v'],
    { LIBVIRT_LOG_FILTERS: '1:rpc' },
  );

  assert.equal(error, '');
  assert.equal(code, 0);
  assert.match(output, /^max_clients = 30 {2}# FILE:2 \[reload\]$/m);
  assert.match(output, /^tls_allowed_dn_list = \[ "CN=a", 'CN="b"' \] {2}# FILE:3 \[reload\]$/m);
  assert.match(output, /^max_workers = 20 {2}# default \[reload\]$/m);
  assert.match(output, /^log_filters = "1:rpc" {2}# environment, LIBVIRT_LOG_FILTERS \[reload\]$/m);
  assert.match(output, /^log_level = 2 {2}# argument, --verbose \[reload\]$/m);
  assert.match(output, /^#listen_addr is not set {2}# default: all addresses of every family$/m);
  assert.match(output, /^tls_port = "16514" {2}# default$/m);
  const names = output
    .slice(output.indexOf('\n\n'))
    .trim()
    .split('\n')
    .map((line) => /^#?(\w+)/.exec(line)?.[1]);
  assert.deepEqual(names, Object.keys(configRows));
});

test('what would stop the start is told, all of it, and the exit code says so', async () => {
  const { code, error } = await check(
    'unix_sock_group = "no such group"\nunix_sock_ro_perms = "0999"\nlog_outputs = "9:stderr"\nmax_cleints = 3\n',
  );

  assert.equal(code, 1);
  assert.match(error, /Failed to parse group 'no such group'/);
  assert.match(error, /Failed to parse mode '0999'/);
  assert.match(error, /Invalid log priority '9'/);
  assert.match(error, /warning: FILE:4: unknown setting 'max_cleints' is ignored; did you mean 'max_clients'\?/);
});

test('a file that cannot be read at all is told with its line', async () => {
  const { code, output, error } = await check('max_clients = 1 2\n');

  assert.deepEqual([code, output], [1, '']);
  assert.match(error, /FILE:1: expecting a separator/);
});

test('with --listen the certificates are looked at', async () => {
  const { code, error } = await check(
    'ca_file = "/nope/ca.pem"\ncert_file = "/nope/cert.pem"\nkey_file = "/nope/key.pem"\n',
    ['-l'],
  );

  assert.equal(code, 1);
  assert.match(error, /Cannot read CA certificate '\/nope\/ca\.pem': No such file or directory/);
});
