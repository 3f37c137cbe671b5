import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ext } from './ext.ts';
import { nodeTransports, transportNames } from './index.ts';
import { libssh } from './libssh.ts';
import { libssh2 } from './libssh2.ts';
import { ssh } from './ssh.ts';
import { tls } from './tls.ts';

test('rows that are loaded late say of themselves what the transports say', () => {
  for (const transport of [tls, ssh, ext, libssh2, libssh]) {
    const { name, encrypted, secure } = nodeTransports.get(transport.name) ?? {};

    assert.deepEqual(
      { name, encrypted, secure },
      { name: transport.name, encrypted: transport.encrypted, secure: transport.secure },
    );
  }
});

test('every transport of libvirt has a row', () => {
  assert.deepEqual([...nodeTransports.keys()].toSorted(), [...transportNames].toSorted());
});
