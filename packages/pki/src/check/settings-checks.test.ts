// Names in the spelling of other tools, and where settings stand in a configuration file.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { daemonSpelling } from './settings-checks.ts';

test('names that were copied from openssl are respelled', () => {
  for (const [given, expected] of [
    ['C = GB, O = Acme, CN = client1', 'C=GB,O=Acme,CN=client1'],
    ['/C=GB/O=Acme/CN=client1', 'C=GB,O=Acme,CN=client1'],
    ['CN = a, emailAddress = a@b', 'CN=a,EMAIL=a@b'],
  ] as const) {
    assert.equal(daemonSpelling(given), expected);
  }
});

test('names and patterns in the spelling of the daemon stay as they are', () => {
  for (const name of ['C=GB,O=Acme,CN=client1', '*CN=client1*', '*', 'O=a\\, b,CN=x', '', 'CN=a/b', 'CN=x+UID=y']) {
    assert.equal(daemonSpelling(name), name);
  }
});

test('respelling once is enough', () => {
  fc.assert(fc.property(fc.string(), (name) => daemonSpelling(daemonSpelling(name)) === daemonSpelling(name)));
});
