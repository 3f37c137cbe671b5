import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { aclCommand } from './acl-command.ts';

function place(t: TestContext, rules: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'acl-'));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'rules.yaml'), rules);
  writeFileSync(join(directory, 'libvirtd.conf'), `access_rules_file = "${join(directory, 'rules.yaml')}"\n`);
  return directory;
}

async function acl(...args: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const write = (part: string) => (text += part);
  const code = await aclCommand(args, { output: { write }, error: { write } });
  return { code, text };
}

const rules = `rules:
  - name: operators
    who: [ "x509:*,CN=op*", group:ops ]
    may: [ view, operate ]
    on: [ domain web-*, volume images/* ]
  - who: user:root
    may-not: delete
    on: domain tag=keep
`;

test('explains which rule decides, with its words', async (t) => {
  const directory = place(t, rules);
  const file = join(directory, 'rules.yaml');
  const explain = (...question: string[]) => acl('--config', join(directory, 'libvirtd.conf'), 'explain', ...question);

  assert.deepEqual(await explain('x509:C=GB,O=My Company,CN=op1', 'domain:start', 'domain web-1'), {
    code: 0,
    text: `allowed: ${file}:2 (operators)\n  who: x509:*,CN=op*, group:ops\n  may: view, operate\n  on: domain web-*, volume images/*\n`,
  });
  assert.deepEqual(await explain('group:ops', 'start', 'domain', 'db'), {
    code: 1,
    text: `denied: no rule allows it (${file})\n`,
  });
  assert.equal((await explain('sasl:x group:ops', 'read', 'volume images/a b.img')).code, 0);
  assert.match((await explain('group:ops', 'getattr', 'connect')).text, /^allowed: \S+:2 \(operators\), implied\n/);
  assert.match(
    (await explain('user:root', 'delete', 'domain x tag=keep')).text,
    /^denied: \S+:6\n {2}who: user:root\n {2}may-not: delete\n/,
  );
  assert.match((await explain('user:root', 'delete', 'domain x')).text, /^allowed: built in/);
});

test('tells faults of the rules and of the question', async (t) => {
  const directory = place(t, 'rules:\n  - who: bob\n');
  const file = join(directory, 'rules.yaml');

  assert.match((await acl('--rules', file, 'check')).text, /rules\.yaml:2:5: the rule does not say what/);
  assert.equal((await acl('--rules', file, 'check')).code, 2);
  writeFileSync(file, rules);
  assert.deepEqual(await acl('--rules', file, 'check'), { code: 0, text: `${file}: 2 rules\n` });
  for (const question of [
    ['bob', 'start', 'domain x'],
    ['user:x', 'fly', 'domain x'],
    ['user:x', 'start', 'vm x'],
    ['user:x', 'start', 'volume x'],
    ['user:x', 'start'],
    [],
  ]) {
    assert.equal((await acl('--rules', file, 'explain', ...question)).code, 2, question.join(' '));
  }
  assert.equal((await acl('--rules', join(directory, 'none'), 'check')).code, 2);
});

test('lists groups and permissions', async () => {
  const { code, text } = await acl('permissions');

  assert.equal(code, 0);
  assert.match(text, /^Groups of permissions:\n {2}view: /);
  assert.match(text, /\n {2}storage_vol: getattr read create /);
});
