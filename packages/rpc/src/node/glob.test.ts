// Patterns of names: a table, and random ones judged by the library that libvirt asks.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { matchesGlob } from './glob.ts';

// Asks GLib itself.
const ORACLE = `
import ctypes, json, sys
match = ctypes.CDLL('libglib-2.0.so.0').g_pattern_match_simple
print(json.dumps([match(p.encode(), t.encode()) != 0 for p, t in json.load(sys.stdin)]))
`;

test('matches the whole name, with case', () => {
  const name = 'C=GB,O=Acme,CN=client1';
  for (const [pattern, matches] of [
    ['*CN=client1*', true],
    ['*CN=client?', true],
    ['C=GB,*', true],
    ['CN=client1', false],
    ['cn=client1*', false],
    ['', false],
    ['*', true],
    ['*client[0-9]', false],
    ['*CN=client1\\*', false],
  ] as const) {
    assert.equal(matchesGlob(pattern, name), matches, pattern);
  }
});

test('a hostile pattern takes no long time', () => {
  assert.equal(matchesGlob(`${'*a'.repeat(500)}*b`, 'a'.repeat(1000)), false);
});

const ask = (pairs: unknown) =>
  spawnSync('python3', ['-c', ORACLE], { input: JSON.stringify(pairs), encoding: 'utf8' });
const skip = ask([]).status === 0 ? false : 'GLib, or Python to ask it, is not installed';

test("agrees with GLib's matcher", { skip }, () => {
  const word = fc.string({ unit: fc.constantFrom('*', '?', 'a', 'b', 'é', '[', ']', '\\', '🙂'), maxLength: 8 });
  const pairs = fc.sample(fc.tuple(word, word), { numRuns: 5000, seed: 1 });

  const { stdout } = ask(pairs);

  assert.deepEqual(
    pairs.map(([pattern, text]) => matchesGlob(pattern, text)),
    JSON.parse(stdout),
  );
});
