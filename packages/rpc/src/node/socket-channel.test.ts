// Tests of a socket as a channel: what it knows of writes when the other end is gone.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Channel } from '../channel.ts';
import type { LibvirtError } from '../error.ts';
import { connectSocket } from './socket-channel.ts';

interface Pair extends AsyncDisposable {
  readonly channel: Channel;
  readonly peer: Socket;
  readonly ended: Promise<LibvirtError | null>;
}

async function pair(): Promise<Pair> {
  const directory = await mkdtemp(join(tmpdir(), 'virtwire-socket-'));
  const server: Server = createServer();
  const path =
    process.platform === 'win32' ? `\\\\.\\pipe\\${directory.replaceAll(/[:\\]/g, '-')}` : `${directory}/socket`;
  server.listen(path);
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const channel = await connectSocket({ path });
  const [peer] = await accepted;
  const ended = new Promise<LibvirtError | null>((resolve) => {
    channel.open({ data: () => {}, drain: () => {}, end: resolve });
  });
  return {
    channel,
    peer,
    ended,
    async [Symbol.asyncDispose]() {
      peer.destroy();
      server.close();
      await rm(directory, { recursive: true });
    },
  };
}

test('a write that the system refuses at once is known not to have left', {
  skip: process.platform === 'linux' ? false : 'other systems may take it',
}, async () => {
  await using both = await pair();
  both.channel.write(new Uint8Array(4));
  assert.equal(both.channel.isBroken, false);

  // Closed in this very tick: this side has not heard of it.
  both.peer.destroy();
  both.channel.write(new Uint8Array(4));

  assert.equal(both.channel.isBroken, true);
  assert.match((await both.ended)?.message ?? '', /Broken pipe|Connection reset/);
});

test('nothing leaves once the end was read, before that is told', async () => {
  await using both = await pair();
  both.channel.write(new Uint8Array(4));
  assert.equal(both.channel.isBroken, false);
  both.peer.destroy();
  await both.ended;

  both.channel.write(new Uint8Array(4));

  assert.equal(both.channel.isBroken, true);
});
