// The store of our own and the command that keeps it.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { LibvirtError } from '@virtwire/rpc';
import fc from 'fast-check';
import { passwdCommand } from '../passwd-command.ts';
import { parsePasswordFile, passwordFileStore } from './password-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'virtwired-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `users${files++}`);

async function passwd(args: readonly string[], input = ''): Promise<{ code: number; output: string; error: string }> {
  const [output, error] = [new PassThrough(), new PassThrough()];
  const code = await passwdCommand(args, { input: Readable.from(input === '' ? [] : [input]), output, error });
  output.end();
  error.end();
  return { code, output: await text(output), error: await text(error) };
}

test('add, list and delete users; the file holds no password and is for its owner alone', async () => {
  const path = newPath();

  assert.deepEqual(await passwd(['--file', path, 'add', 'zoe'], 'wonderland\n'), { code: 0, output: '', error: '' });
  await passwd(['--file', path, 'add', 'alice@elsewhere'], 'other word\n');
  assert.deepEqual(await passwd(['--file', path, 'list']), { code: 0, output: 'alice@elsewhere\nzoe\n', error: '' });
  const content = readFileSync(path, 'utf8');
  assert.doesNotMatch(content, /wonderland|other word/);
  assert.match(content, /^zoe:SCRAM-SHA-256\$4096:[\w+/=]+\$[\w+/=]+:[\w+/=]+ SCRAM-SHA-512\$4096:/m);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal((await passwd(['--file', path, 'delete', 'zoe'])).code, 0);

  const store = passwordFileStore(path);
  assert.equal(store.lookup('zoe', 'here'), null);
  assert.equal(store.lookup('alice', 'here'), null);
  assert.deepEqual(Object.keys(store.lookup('alice', 'elsewhere')?.scram ?? {}), ['sha256', 'sha512']);
  assert.equal(store.decoySecret()?.length, 32);
  assert.deepEqual(
    readdirSync(folder).filter((name) => /\.(new|lock)$/.test(name)),
    [],
  );
});

for (const [args, input, error] of [
  [['add', 'alice'], '', 'virtwired: the password is empty\n'],
  [['add', 'a:b'], 'x\n', 'virtwired: the name has letters that it may not have\n'],
  [['add', ' '], 'x\n', 'virtwired: the name is empty\n'],
  [['delete', 'nobody'], '', /^virtwired: no user 'nobody' in /],
  [['add'], '', /^Usage: virtwired passwd/],
  [['rename', 'a'], '', /^Usage: virtwired passwd/],
] as const) {
  test(`${args.join(' ')}: fails with a reason and changes nothing`, async () => {
    const path = newPath();

    const result = await passwd(['--file', path, ...args], input);

    assert.equal(result.code, 1);
    if (typeof error === 'string') assert.equal(result.error, error);
    else assert.match(result.error, error);
    assert.equal(existsSync(path), false);
  });
}

test('two changes at once do not lose each other', async () => {
  const path = newPath();
  writeFileSync(`${path}.lock`, '');

  const result = await passwd(['--file', path, 'add', 'alice'], 'x\n');

  assert.equal(result.code, 1);
  assert.match(result.error, /somebody else is changing the users; if nobody is, remove '.*\.lock'/);
  assert.equal(existsSync(`${path}.lock`), true);
});

test('a change is seen by the next look', async () => {
  const path = newPath();
  const store = passwordFileStore(path, 'r');
  assert.equal(store.lookup('alice', 'r'), null);
  await passwd(['--file', path, 'add', 'alice'], 'one\n');
  const before = store.lookup('alice', 'r');
  // As old as a file that may be kept in memory.
  utimesSync(path, 1, 1);
  assert.deepEqual(store.lookup('alice', 'r'), before);

  await passwd(['--file', path, 'add', 'alice'], 'two\n');

  assert.notDeepEqual(store.lookup('alice', 'r'), before);
});

test('a user without realm belongs to this host, and to no realm that a client makes up', async () => {
  const path = newPath();
  await passwd(['--file', path, 'add', 'alice'], 'one\n');
  const store = passwordFileStore(path, 'here');

  assert.notEqual(store.lookup('alice', 'here'), null);
  assert.equal(store.lookup('alice', 'ADMINS.EXAMPLE.ORG'), null);
});

test('a damaged line is named by its number, and its keys are not shown', () => {
  const line = (entry: string) => () => parsePasswordFile(Buffer.from(`# x\nalice:${entry}\n`), '/f');

  for (const entry of ['', 'SCRAM-SHA-256$4096:c2FsdA==$QUJD:QUJD', 'SCRAM-MD5$1:QQ==$QQ==:QQ==', 'secret']) {
    assert.throws(line(entry), { message: 'configuration file syntax error: /f:2: the keys cannot be understood' });
  }
});

test('only a LibvirtError comes out of hostile files', () => {
  const piece = fc.constantFrom('alice:', 'SCRAM-SHA-256$4096:', 'QUJD', '$', ':', '\n', ' ', '#decoy QQ==', '\0');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (content) => {
        try {
          parsePasswordFile(Buffer.from(content), 'f');
        } catch (error) {
          assert.ok(error instanceof LibvirtError, String(error));
        }
      },
    ),
  );
});
