// The prompts: virsh's words, one line each, and nothing of what was answered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CredentialRequest } from 'virtwire';
import { KeptOutput } from './output.ts';
import { askingUser } from './prompt.ts';

const requests: readonly CredentialRequest[] = [
  { kind: 'authname', prompt: 'Please enter your authentication name', hidden: false },
  { kind: 'password', prompt: 'Please enter your password', hidden: true },
];
const context = { service: 'libvirt', host: 'localhost' };

test('each question is asked at its place, and answers are not shown', async () => {
  const output = new KeptOutput();
  const ask = askingUser(output, { visible: () => 'alice', hidden: async () => 'wonderland' });

  assert.deepEqual(await ask(requests, context), ['alice', 'wonderland']);

  assert.deepEqual(
    [output.out, output.err],
    ['Please enter your authentication name: Please enter your password: ', ''],
  );
});

test('a user who gives up is asked no more', async () => {
  const output = new KeptOutput();
  const ask = askingUser(output, { visible: () => 'alice', hidden: () => null });

  assert.equal(await ask([...requests, ...requests], context), null);

  assert.equal(output.out, 'Please enter your authentication name: Please enter your password: ');
});
