import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { catalog } from './commands/index.ts';
import { completeLine, completeWords } from './completion.ts';
import { Shell } from './context.ts';
import { openConnection } from './open.ts';
import { KeptOutput } from './output.ts';

let shell: Shell;

before(() => {
  shell = new Shell({
    name: 'virtwire',
    output: new KeptOutput(),
    open: openConnection,
    uri: 'test:///default',
    readOnly: false,
    quiet: false,
    timing: false,
    keepaliveInterval: null,
    keepaliveCount: null,
    escape: '^]',
    env: {},
    log: null,
    debug: null,
  });
});
after(() => shell.close());

const complete = (...words: string[]) => completeWords(shell, words, { catalog, valuesOfEmpty: false });

test('completes names of commands, hidden ones not', async () => {
  assert.deepEqual(await complete('domna'), ['domname']);
  assert.deepEqual(await complete('self'), []);
});

test('completes values of named options and of bare words', async () => {
  assert.deepEqual(await complete('dominfo', '--domain', ''), ['test']);
  assert.deepEqual(await complete('dominfo', 'te'), ['test']);
  assert.deepEqual(await complete('vol-info', 'x', 'd'), ['default-pool']);
  assert.deepEqual(await complete('event', '--event', 'life'), ['lifecycle']);
  assert.deepEqual(await complete('help', 'lis'), ['list']);
});

test('offers only what fits the state of a domain', async () => {
  assert.deepEqual(await complete('start', 'te'), []);
});

test('completes options that were not given yet', async () => {
  assert.deepEqual(await complete('list', '--all', '--a'), ['--autostart']);
  assert.deepEqual(await complete('setmem', 'test', '--'), ['--size', '--config', '--live', '--current']);
  assert.deepEqual(await complete('dominfo', ''), ['--domain']);
});

test('completes the last word of the last command of a line', async () => {
  assert.deepEqual(await completeLine(shell, catalog, 'list; dominfo te'), [['test '], 'te']);
  assert.deepEqual(await completeLine(shell, catalog, 'dominfo "te'), [['test '], '"te']);
  assert.deepEqual(await completeLine(shell, catalog, 'dominfo '), [['test', '--domain'], '']);
});
