import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Channel, ChannelSink } from './channel.ts';
import type { LibvirtError } from './error.ts';
import { PacketConnection } from './packet-connection.ts';

/** A peer that reads when told to, and never fast. */
class SlowChannel implements Channel {
  pendingBytes = 0;
  reason: LibvirtError | null | undefined;
  private sink: ChannelSink | undefined;

  open(sink: ChannelSink): void {
    this.sink = sink;
  }

  write(bytes: Uint8Array): boolean {
    this.pendingBytes += bytes.length;
    return false;
  }

  writeBoth(head: Uint8Array, tail: Uint8Array): boolean {
    this.write(head);
    return this.write(tail);
  }

  read(bytes: number): void {
    this.pendingBytes -= bytes;
    if (this.pendingBytes === 0) this.sink?.drain();
  }

  pause(): void {}

  resume(): void {}

  close(): void {
    this.destroy(null);
  }

  destroy(reason: LibvirtError | null): void {
    this.reason = reason;
    this.sink?.end(reason);
  }
}

function connection(): { channel: SlowChannel; send(): void } {
  const channel = new SlowChannel();
  const packets = new PacketConnection(channel, { packet: () => {}, drain: () => {}, closed: () => {} });
  packets.limitOutputWait(1000);
  packets.open();
  return {
    channel,
    send: () => {
      packets.sendEmpty(1, 1, 1, 1, 1, 0);
      packets.flush();
    },
  };
}

test('a peer that reads nothing of what waits for it is cut off', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { channel, send } = connection();

  send();
  t.mock.timers.tick(999);
  assert.ok(!channel.reason);
  t.mock.timers.tick(1);

  assert.match(String(channel.reason), /has read none of the 28 bytes that wait for it in 1 seconds/);
});

test('a peer that reads slowly, but reads, stays', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { channel, send } = connection();

  send();
  for (let second = 0; second < 20; second++) {
    channel.read(1);
    t.mock.timers.tick(1000);
  }

  assert.ok(!channel.reason);
});

test('nothing is watched once all has been read, and again when something waits', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { channel, send } = connection();

  send();
  channel.read(28);
  t.mock.timers.tick(10_000);
  assert.ok(!channel.reason);
  send();
  t.mock.timers.tick(1000);

  assert.match(String(channel.reason), /28 bytes/);
});
