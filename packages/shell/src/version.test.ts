import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIBVIRT_VERSION as ofTheLibrary } from 'virtwire';
import { main } from './main.ts';
import { KeptOutput } from './output.ts';
import { commandName, LIBVIRT_VERSION } from './version.ts';

// A copy, so that --version need not load the library.
test("reports the library's level of libvirt", async () => {
  const output = new KeptOutput();

  const code = await main(['node', 'virtwire', '--version'], {}, output);

  assert.deepEqual([code, output.out, output.err], [0, `${ofTheLibrary}\n`, '']);
  assert.equal(LIBVIRT_VERSION, ofTheLibrary);
});

test('calls itself virsh only under that name', () => {
  assert.equal(commandName('/usr/bin/virsh'), 'virsh');
  assert.equal(commandName('/opt/virtwire/bin.js'), 'virtwire');
  assert.equal(commandName(undefined), 'virtwire');
});
