import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Command } from './command.ts';
import { catalog, commandAliases, commandGroups } from './commands/index.ts';
import { notYet } from './commands/not-yet.ts';
import { Arguments } from './arguments.ts';
import { allGroupsText, commandText } from './help-text.ts';
import { selfTest } from './commands/virsh/self-test.ts';

interface Row {
  readonly options: readonly string[];
  readonly optionAliases?: Readonly<Record<string, string>>;
  readonly aliases?: readonly string[];
  readonly hidden?: boolean;
}
interface Spec {
  readonly groups: Readonly<Record<string, Readonly<Record<string, Row>>>>;
}

const spec: Spec = JSON.parse(readFileSync(new URL('../../../spec/virsh-commands.json', import.meta.url), 'utf8'));
const rows = new Map(Object.values(spec.groups).flatMap((group) => Object.entries(group)));
const built = new Map(commandGroups.flatMap(({ commands }) => Object.entries(commands)));

function optionsOf({ options }: Command): string[] {
  return Object.entries(options).map(
    ([name, { kind, required, named }]) => `${required ? '!' : ''}${named ? '=' : ''}${name}:${kind}`,
  );
}

test('every command of virsh is built or listed as missing, not both', () => {
  for (const name of rows.keys()) assert.notEqual(built.has(name), notYet.has(name), name);
  for (const name of [...built.keys(), ...notYet]) assert.ok(rows.has(name), name);
});

test("groups and commands stand in virsh's order", () => {
  const keywords = Object.keys(spec.groups);
  assert.deepEqual(
    commandGroups.map(({ keyword }) => keyword),
    keywords.filter((keyword) => commandGroups.some((group) => group.keyword === keyword)),
  );
  for (const { keyword, commands } of commandGroups) {
    const order = Object.keys(spec.groups[keyword] ?? {}).filter((name) => Object.hasOwn(commands, name));
    assert.deepEqual(Object.keys(commands), order, keyword);
  }
});

test('other names of commands are those of virsh', () => {
  const aliases = [...rows].flatMap(([name, { aliases = [] }]) => aliases.map((alias) => [alias, name]));
  assert.deepEqual(Object.entries(commandAliases), aliases);
});

for (const [name, entry] of built) {
  test(`${name} has the options of virsh`, async () => {
    const command = await entry.load();
    const row = rows.get(name);

    assert.deepEqual(optionsOf(command), row?.options);
    assert.deepEqual(command.optionAliases ?? {}, row?.optionAliases ?? {});
    assert.equal(entry.hidden ?? false, row?.hidden ?? false);
  });
}

test('the tables pass the test that the shell makes of itself', async () => {
  await selfTest.run(undefined as never, new Arguments({}, new Map()), catalog);
});

test('help pages have the layout of virsh', async () => {
  const entry = built.get('start');
  assert.ok(entry !== undefined);

  const lines = commandText('start', entry.summary, await entry.load()).split('\n');

  assert.equal(lines[0], '  NAME');
  assert.equal(lines[1], `    start - ${entry.summary}`);
  assert.equal(
    lines[4],
    '    start <domain> [--console] [--paused] [--autodestroy] [--bypass-cache] [--force-boot] [--pass-fds <string>] [--reset-nvram]',
  );
  assert.match(lines.join('\n'), /\n {2}OPTIONS\n {4}\[--domain\] <string> {2}\S.*\n {4}--console {8}\S/);
  assert.match(lines.join('\n'), /[^\n]\n\n$/);
});

test('the list of all groups has the layout of virsh', () => {
  const text = allGroupsText(commandGroups);

  assert.match(text, /^Grouped commands:\n\n Domain Management \(help keyword 'domain'\):\n {4}attach-device {18}\S/);
  assert.match(text, /\S\n\n$/);
  assert.doesNotMatch(text, /self-test/);
});
