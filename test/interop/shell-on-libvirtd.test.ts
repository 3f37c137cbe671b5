// Runs commands with real virsh and with ours on real libvirtd, whose test driver knows more than ours: same output, same errors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import {
  requires,
  type StartedDaemon,
  shell,
  startLibvirtd,
  type TemporaryDirectory,
  temporaryDirectory,
} from '../launcher/index.ts';
import { FILES, masked } from './shell-files.ts';

/** A block of lines is one run of the shell, so that what one command has changed is seen by the next. */
const blocks = readFileSync(new URL('./shell-lines-libvirtd.txt', import.meta.url), 'utf8')
  .split(/\n\n+/)
  .map((block) => block.split('\n').filter(Boolean))
  .filter((block) => block.length > 0);

suite('virtwire answers as virsh on libvirtd', { skip: requires({ libvirt: '9.0', isolation: true }) }, () => {
  let folder: TemporaryDirectory;
  // One for each shell: the state of a test driver is one for all connections of its daemon.
  let daemons: readonly [StartedDaemon, StartedDaemon];
  before(async () => {
    folder = await temporaryDirectory();
    await Promise.all(Object.entries(FILES).map(([name, text]) => writeFile(`${folder.path}/${name}`, text)));
    daemons = await Promise.all([startLibvirtd(), startLibvirtd()]);
  });
  after(async () => {
    await Promise.all(daemons.map((daemon) => daemon[Symbol.asyncDispose]()));
    await folder[Symbol.asyncDispose]();
  });

  for (const block of blocks) {
    test(block.join('; '), async () => {
      const [theirs, ours] = await Promise.all(
        (['virsh', 'virtwire'] as const).map((which, index) =>
          shell(which, [block.join('\n')], {
            uri: (daemons[index] as StartedDaemon).uri('unix', 'test', '/default'),
            cwd: folder.path,
            env: { EDITOR: 'true', VISUAL: 'true' },
          }),
        ),
      );

      assert.equal(masked(ours?.stdout ?? ''), masked(theirs?.stdout ?? ''));
      assert.equal(masked(ours?.stderr ?? ''), masked(theirs?.stderr ?? ''));
      assert.equal(ours?.code, theirs?.code);
    });
  }
});
