// The shell on a terminal: prompt, lines, history, the way out. util-linux's script makes the terminal.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { run, temporaryDirectory } from '../launcher/index.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';

const skip = spawnSync('script', ['--version']).error === undefined ? false : 'script is not installed';

test('reads lines from a terminal, keeps them, and leaves with quit', { skip }, async () => {
  await using home = await temporaryDirectory();
  const program = [...programOf('shell', fromEnvironment()), '-c', 'test:///default'].join(' ');
  const env = { XDG_CACHE_HOME: home.path, TERM: 'dumb' };

  const { stdout, code } = await run('script', ['-qec', program, '/dev/null'], {
    env,
    input: 'domstate test\nbogus\nquit\n',
  });

  assert.equal(code, 0);
  assert.match(stdout, /Welcome to virtwire, the virtualization interactive terminal\./);
  assert.match(stdout, /running\r\n\r\n/);
  assert.match(stdout, /error: unknown command: 'bogus'/);
  assert.equal(await readFile(`${home.path}/virtwire/history`, 'utf8'), 'domstate test\nbogus\nquit\n');
});
