// Runs command lines, good and bad, with real virsh and with ours on the test driver: same output, same errors, same exit code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { requires, shell, type TemporaryDirectory, temporaryDirectory } from '../launcher/index.ts';
import { FILES, masked } from './shell-files.ts';

const lines = readFileSync(new URL('./shell-lines.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter(Boolean);

suite('virtwire answers as virsh', { skip: requires({ libvirt: '9.0' }), concurrency: 2 }, () => {
  let folder: TemporaryDirectory;
  before(async () => {
    folder = await temporaryDirectory();
    await Promise.all(Object.entries(FILES).map(([name, text]) => writeFile(`${folder.path}/${name}`, text)));
  });
  after(() => folder[Symbol.asyncDispose]());

  for (const line of lines) {
    test(line, async () => {
      const options = { uri: 'test:///default', cwd: folder.path };
      const [theirs, ours] = await Promise.all([shell('virsh', [line], options), shell('virtwire', [line], options)]);

      assert.equal(masked(ours.stdout), masked(theirs.stdout));
      assert.equal(masked(ours.stderr), masked(theirs.stderr));
      assert.equal(ours.code, theirs.code);
    });
  }

  // Options before the command, and words that the user's own shell has already cut.
  const programs: readonly (readonly string[])[] = [
    ['-x'],
    ['--bogus'],
    ['-c'],
    ['--ke', '3'],
    ['--quiet=3', 'uri'],
    ['-d', 'x', 'uri'],
    ['-d', '9', '-c', 'test:///default', 'uri'],
    ['-k', '-1', 'uri'],
    ['-k', 'x', 'uri'],
    ['--keepalive-count', 'x', 'uri'],
    ['-e', 'ab', 'uri'],
    ['-k5', '-c', 'test:///default', 'uri'],
    ['-k0', '-c', 'test:///default', 'uri'],
    ['--version'],
    ['-v'],
    ['--version=foo'],
    ['--', '-c'],
    ['-qc', 'test:///default', 'list'],
    ['-qrc', 'test:///default', 'destroy', 'test'],
    ['--timing', 'uri', '-c', 'x'],
    ['-c', 'foo:///bar', 'uri'],
    ['-l', '/nonexistent/log', '-c', 'test:///default', 'uri'],
    ['-c', 'test:///default', 'echo', 'a;b', "'", '--', '--xml'],
    ['-c', 'test:///default', ''],
    [''],
    ['bogus'],
    ['-c', 'test:///default', 'list', '--all', '--title'],
    ['-d', '0', '-c', 'test:///default', 'list', '--all'],
    ['-d', '0', '-c', 'test:///default', 'start test; destroy test; domname 1; list'],
    ['-d', '1', '-c', 'test:///default', 'domid', 'test'],
    ['-d', '2', '-c', 'test:///default', 'domid', 'test'],
    ['-d', '0', '-c', 'test:///default', 'pool-info', 'default-pool'],
    ['-d', '0', '-c', 'test:///default', 'vol-info', 'x', '--pool', 'default-pool'],
    ['-d', '0', '-c', 'test:///default', 'iface-mac', 'eth1'],
    ['-d', '0', '-c', 'test:///default', 'net-dumpxml', 'nope'],
    ['-d', '0', 'list', '--bogus'],
  ];
  for (const words of programs) {
    test(JSON.stringify(words), async () => {
      const env = { VIRSH_DEFAULT_CONNECT_URI: undefined, LIBVIRT_DEFAULT_URI: undefined };
      const [theirs, ours] = await Promise.all([shell('virsh', words, { env }), shell('virtwire', words, { env })]);

      assert.deepEqual([ours.stdout, ours.stderr, ours.code], [theirs.stdout, theirs.stderr, theirs.code]);
    });
  }

  const inputs = ['list\necho a\n\nbogus\n', 'bogus\nquit\nlist', 'dominfo x', 'cd /tmp\npwd\ncd /nonexistent\n', ''];
  for (const input of inputs) {
    for (const flags of [[], ['-q'], ['-r']]) {
      test(`${JSON.stringify(input)} from standard input ${flags.join(' ')}`, async () => {
        const options = { uri: 'test:///default', input };
        const [theirs, ours] = await Promise.all([shell('virsh', flags, options), shell('virtwire', flags, options)]);

        // The program's own name stands in its prompt and its greeting.
        assert.equal(ours.stdout.replaceAll(/virtwire(?= [#>] )|(?<=Welcome to )virtwire/g, 'virsh'), theirs.stdout);
        assert.equal(ours.stderr, theirs.stderr);
        assert.equal(ours.code, theirs.code);
      });
    }
  }
});
