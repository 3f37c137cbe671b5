// Runs command lines, good and bad, with real virsh and with ours on the test driver: same output, same errors, same exit code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { requires, shell, type TemporaryDirectory, temporaryDirectory } from '../launcher/index.ts';

/** The files that the lines name; `@NAME@` stands for the folder that they are in. */
const FILES: Readonly<Record<string, string>> = {
  'd.xml': "<domain type='test'><name>vm2</name><memory>1024</memory><os><type>hvm</type></os></domain>\n",
  'n.xml': "<network><name>n1</name><ip address='10.0.0.1' netmask='255.255.255.0'/></network>\n",
  'p.xml': "<pool type='dir'><name>p1</name><target><path>/var/lib/p1</path></target></pool>\n",
  'v.xml': '<volume><name>v1</name><capacity>1048576</capacity></volume>\n',
  'i.xml': "<interface type='ethernet' name='eth9'><start mode='none'/></interface>\n",
  's.xml': '<domainsnapshot><name>fx</name></domainsnapshot>\n',
};

const lines = readFileSync(new URL('./shell-lines.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter(Boolean);

// What differs between two runs of virsh itself.
const varying: readonly (readonly [RegExp, string])[] = [
  [/CPU time: {7}\d+\.\ds/g, 'CPU time:       T'],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME'],
  [/<creationTime>\d+/g, '<creationTime>T'],
  // A snapshot without a name is named after the time.
  [/\b1\d{9}\b/g, 'NOW'],
  [/(testnet0 [a-z_]+) \d+/g, '$1 N'],
  [/(net|block|vcpu)\.0\.[a-z.]+=\d+/g, '$1=N'],
  [/mac address='52:54:00:[0-9a-f:]+'/g, "mac address='MAC'"],
];

function masked(text: string): string {
  return varying.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), text);
}

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
