import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { UsageError } from './failure.ts';
import { commandString, readyWords, type WordSource } from './lexer.ts';

function commandsOf(source: WordSource): string[][] {
  const commands: string[][] = [[]];
  for (let token = source.next(); token !== 'end'; token = source.next()) {
    if (token === 'command-end') commands.push([]);
    else commands.at(-1)?.push(token.word);
  }
  return commands;
}

// Each checked with `virsh "echo --shell ..."` of libvirt 9.0.0.
const cases: readonly [string, string[][]][] = [
  ['echo a  b\tc', [['echo', 'a', 'b', 'c']]],
  ['list; echo x', [['list'], ['echo', 'x']]],
  ['list\necho x', [['list'], ['echo', 'x']]],
  ["echo a'b c'd", [['echo', 'ab cd']]],
  ["echo 'a;b\"c'", [['echo', 'a;b"c']]],
  ['echo "a\\"b\'c"', [['echo', 'a"b\'c']]],
  ['echo a\\ b', [['echo', 'a b']]],
  ['echo a\\\nb \\\n c', [['echo', 'ab', 'c']]],
  ['echo a # x; y', [['echo', 'a']]],
  ['# x; y\necho b', [[], ['echo', 'b']]],
  ['echo a#b', [['echo', 'a#b']]],
  ["echo ''", [['echo', '']]],
  ["echo 'open", [['echo', 'open']]],
  [';;', [[], [], []]],
];

for (const [line, words] of cases) {
  test(`cuts ${JSON.stringify(line)}`, () => {
    assert.deepEqual(commandsOf(commandString(line)), words);
  });
}

test('refuses an open double quote and a backslash at the end', () => {
  assert.throws(() => commandsOf(commandString('echo "a')), new UsageError('missing "'));
  assert.throws(() => commandsOf(commandString('echo a\\')), new UsageError('dangling \\'));
});

test('takes ready words as they are', () => {
  assert.deepEqual(commandsOf(readyWords(['echo', 'a;b', "'", ''])), [['echo', 'a;b', "'", '']]);
});

test('gives back any word that was quoted for it', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (words) => {
      const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
      assert.deepEqual(commandsOf(commandString(quoted.join(' '))), [words]);
    }),
  );
});

test('throws nothing but UsageError, whatever it reads', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\t', '\n', ';', '#', "'", '"', '\\', '=', '-', 'é') }),
      (text) => {
        try {
          commandsOf(commandString(text));
        } catch (thrown) {
          assert.ok(thrown instanceof UsageError);
        }
      },
    ),
  );
});
