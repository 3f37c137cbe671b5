// What a new administrator reads first says all there is, and what it shows works.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aclCommand } from './acl/acl-command.ts';
import { parseRules } from './acl/rules-file.ts';
import { auditCommand } from './audit/audit-command.ts';
import { parseCommandLine } from './command-line.ts';
import { passwdCommand } from './passwd-command.ts';
import { daemonPaths, socketPaths } from './paths.ts';
import { usageText } from './usage.ts';

async function helpOf(command: 'acl' | 'audit' | 'passwd'): Promise<string> {
  let text = '';
  const output = { write: (part: string) => void (text += part) };
  const streams = { input: process.stdin, output: output as never, error: { write: assert.fail } as never };
  const run = { acl: aclCommand, audit: auditCommand, passwd: passwdCommand }[command];
  assert.equal(await run(['--help'], streams), 0);
  return text;
}

test('the help has every option, and none that is not there', () => {
  const text = usageText(daemonPaths(0));
  const options = [...text.matchAll(/^ {2}(?:-(\w) \||) +--([a-z-]+)( <)?/gm)];

  assert.equal(options.length, 10);
  for (const [, short, long, takesValue] of options) {
    for (const option of [`--${long}`, ...(short === undefined ? [] : [`-${short}`])]) {
      const value = takesValue === undefined ? [] : ['5'];
      const parsed = parseCommandLine([option, ...value]);
      assert.ok('action' in parsed, option);
    }
  }
});

test('the help has every place of this user', () => {
  for (const uid of [0, 1000]) {
    const paths = daemonPaths(uid, { XDG_RUNTIME_DIR: '/run/user/1000' });
    const text = usageText(paths);
    const { socketDirectory, privileged, ...files } = paths;
    const places = [...Object.values(files), ...Object.values(socketPaths(socketDirectory, privileged))];

    for (const place of places) if (place !== null) assert.ok(text.includes(`      ${place}\n`), place);
  }
});

test('each command has a help of its own, on standard output', async () => {
  for (const command of ['acl', 'audit', 'passwd'] as const) {
    const text = await helpOf(command);
    assert.match(text, new RegExp(`^Usage: virtwired ${command} `));
    assert.match(text, new RegExp(`\n {2}virtwired ${command} .+\n`), 'with an example');
    for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
  }
});

test('the rules in the help of acl are rules', async () => {
  const [, indented = ''] = (await helpOf('acl')).split('to start from:\n\n');

  assert.equal(parseRules(indented.replaceAll(/^ {2}/gm, ''), 'help').length, 2);
});
