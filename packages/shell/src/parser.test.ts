import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Command, command } from './command.ts';
import { flag, number, requiredNumber, text, word, words } from './option.ts';
import { UsageError } from './failure.ts';
import { commandString } from './lexer.ts';
import { parseCommands } from './parser.ts';

const nothing = () => {};
const commands: Readonly<Record<string, Command>> = {
  help: command({ options: { command: text('x') }, run: nothing }),
  move: command({
    options: {
      what: word('x'),
      count: requiredNumber('x'),
      all: flag('x'),
      mode: text('x'),
      size: number('x', { named: true }),
    },
    optionAliases: { kilobytes: 'count', quick: 'mode=fast' },
    run: nothing,
  }),
  say: command({ options: { loud: flag('x'), words: words('x') }, run: nothing }),
};

async function find(name: string) {
  const command = commands[name];
  if (command === undefined) throw new UsageError(`unknown command: '${name}'`);
  return { name, command };
}

async function parse(line: string) {
  return (await parseCommands(commandString(line), { find })).map(({ name, command, args }) => ({
    name,
    args: Object.fromEntries(
      Object.entries(command.options).flatMap(([option, { kind }]): [string, unknown][] => {
        if (!args.has(option)) return [];
        return [[option, kind === 'bool' ? true : kind === 'argv' ? args.words(option as never) : args.given(option)]];
      }),
    ),
  }));
}

test('puts bare words to options in the order of the table', async () => {
  assert.deepEqual(await parse('move box 3 slow --all'), [
    { name: 'move', args: { what: 'box', count: '3', all: true, mode: 'slow' } },
  ]);
});

test('takes options by name in any order, with = or without', async () => {
  assert.deepEqual(await parse('move --size=7 --count 3 --what=a=b'), [
    { name: 'move', args: { what: 'a=b', count: '3', size: '7' } },
  ]);
});

test('leads old names of options to the new ones', async () => {
  assert.deepEqual(await parse('move box --kilobytes 3 --quick'), [
    { name: 'move', args: { what: 'box', count: '3', mode: 'fast' } },
  ]);
});

test('takes everything after -- and every word with one dash as data', async () => {
  assert.deepEqual(await parse('say -x --loud -- --loud --'), [
    { name: 'say', args: { loud: true, words: ['-x', '--loud', '--'] } },
  ]);
});

test('turns --help anywhere into help for that command', async () => {
  assert.deepEqual(await parse('move --all --help; say'), [
    { name: 'help', args: { command: 'move' } },
    { name: 'say', args: {} },
  ]);
});

test('lets help pass over what it does not know', async () => {
  assert.deepEqual(await parse('help move more --bogus'), [{ name: 'help', args: { command: 'move' } }]);
});

const refused: readonly [string, string[]][] = [
  ['bogus', ["unknown command: 'bogus'"]],
  ['say; bogus; echo "', ["unknown command: 'bogus'"]],
  ['say --bogus', ["command 'say' doesn't support option --bogus"]],
  ['say --lou', ["command 'say' doesn't support option --lou"]],
  ['say --loud=1', ["invalid '=' after option --loud"]],
  ['say --loud --loud', ['option --loud already seen']],
  ['move --help=x', ["invalid '=' after option --help"]],
  ['move box 3 fast --quick', ['option --mode already seen']],
  ['move --quick=1 box 3', ["invalid '=' after option --quick"]],
  ['move box 3 fast 4', ["unexpected data '4'"]],
  ['move box --count', ['expected syntax: --count <number>']],
  ['move box --mode', ['expected syntax: --mode <string>']],
  ['move', ["command 'move' requires <what> option", "command 'move' requires --count option"]],
];
for (const [line, lines] of refused) {
  test(`refuses ${line}`, async () => {
    await assert.rejects(parse(line), (thrown) => {
      assert.ok(thrown instanceof UsageError);
      assert.deepEqual(thrown.lines, lines);
      return true;
    });
  });
}

test('throws nothing but UsageError, whatever it reads', async () => {
  const piece = fc.constantFrom(
    'move',
    'say',
    'help',
    '--all',
    '--what',
    '--count=',
    '--',
    '--x',
    'a',
    ' ',
    ';',
    '#',
    '"',
    '=',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece), async (pieces) => {
      await parse(pieces.join(' ')).catch((thrown) => assert.ok(thrown instanceof UsageError));
    }),
  );
});
