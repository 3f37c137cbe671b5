// SASL under attack: damaged tokens of every mechanism, and damaged frames of a security layer.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as dial, type Socket } from 'node:net';
import { type ConnectionOptions, connect as dialTls } from 'node:tls';
import { remote } from '@virtwire/protocol';
import { type Channel, ErrorCode, LibvirtError, saslChannel, type SecurityLayer } from '@virtwire/rpc';
import { socketChannel } from '@virtwire/rpc/node';
import { type SaslClient, saslMechanisms } from '@virtwire/rpc/sasl';
import { Attack, type numbers, type PacketMill, Takeover } from './fuzz-campaign.ts';

type Numbers = ReturnType<typeof numbers>;

/** What a client says of itself. */
export interface Credentials {
  readonly authname: string;
  readonly password: string;
}

/** A place of its own on the loopback for each connection: whoever fails from one place is made to wait there. */
export function somePlace(draw: Numbers): string {
  return `127.${1 + draw(254)}.${draw(256)}.${1 + draw(254)}`;
}

/** Connects over plain TCP. */
export async function dialPlain(port: number, localAddress: string): Promise<Channel> {
  const socket = dial({ host: '127.0.0.1', port, localAddress });
  await once(socket, 'connect');
  return socketChannel(socket);
}

/** Connects over TLS and reads the byte with which the daemon says that it takes the certificate. */
export async function dialSecurely(port: number, localAddress: string, files: ConnectionOptions): Promise<Channel> {
  // Node's types leave out what it passes on to the socket below.
  const options = { ...files, host: '127.0.0.1', port, localAddress } as ConnectionOptions;
  const socket = dialTls(options);
  await once(socket, 'secureConnect');
  assert.equal(await firstByte(socket), 1);
  return socketChannel(socket);
}

async function firstByte(socket: Socket): Promise<number> {
  await once(socket, 'readable');
  const [byte] = (socket.read(1) as Uint8Array | null) ?? [];
  assert.ok(byte !== undefined, 'the daemon closes');
  return byte;
}

/** Authenticates with a layer, and opens the test driver through it. @returns the channel inside of the layer */
export async function openedInLayer(bare: Channel, credentials: Credentials): Promise<Channel> {
  const { login, layer } = await withLayer(bare, credentials);
  login.switchChannel((channel) => saslChannel(channel, layer));
  return login.release(remote.connectOpen, { name: 'test:///default', flags: 0 });
}

async function withLayer(bare: Channel, credentials: Credentials): Promise<{ login: Takeover; layer: SecurityLayer }> {
  const login = new Takeover(bare);
  await login.call(remote.authSaslInit, {});
  const client = await makeClient('DIGEST-MD5', credentials, { minSsf: 56, maxSsf: 256 });
  assert.equal(await exchange(login, 'DIGEST-MD5', client, (data) => data), true);
  assert.ok(client.layer);
  return { login, layer: client.layer };
}

/**
 * Authenticates with a layer, sends a few frames that are right and one that is not: the daemon ends the connection over
 * it and answers nothing that was in it.
 *
 * @returns false when what was damaged is only a longer length, so that the daemon waits for the rest
 */
export async function damagedFrame(
  bare: Channel,
  credentials: Credentials,
  mill: PacketMill,
  draw: Numbers,
): Promise<boolean> {
  const { login, layer } = await withLayer(bare, credentials);
  let wrapped: Channel | undefined;
  let damage = false;
  let isWaitedFor = false;
  const damaging: SecurityLayer = {
    ...layer,
    wrap: (bytes) => {
      const frame = layer.wrap(bytes);
      if (!damage) return frame;
      const damaged = damagedCopy(frame, draw);
      isWaitedFor = new DataView(damaged.buffer).getUint32(0) > damaged.length - 4;
      return damaged;
    },
  };
  login.switchChannel((channel) => (wrapped = saslChannel(channel, damaging)));
  assert.ok(wrapped);
  const attack = new Attack(await login.release(remote.connectOpen, { name: 'test:///default', flags: 0 }));
  for (let good = draw(3); good > 0; good--) assert.equal(await attack.ping(mill.marker), true);
  damage = true;
  const marked = attack.ping(mill.marker);
  if (isWaitedFor) await attack.end();
  assert.equal(await marked, false, 'a frame that was tampered with is answered');
  await attack.end();
  return !isWaitedFor;
}

// A frame is `length(4) || sealed || type(2) || sequence(4)`.
function damagedCopy(frame: Uint8Array, draw: Numbers): Uint8Array {
  const copy = Uint8Array.from(frame);
  const view = new DataView(copy.buffer);
  const length = frame.length - 4;
  switch (draw(6)) {
    case 0: {
      const lengths = [
        0,
        1,
        5,
        15,
        16,
        length - 1,
        length + 1,
        65_535,
        65_536,
        65_537,
        0x7fffffff,
        0x80000000,
        0xffffffff,
      ];
      view.setUint32(0, lengths[draw(lengths.length)] ?? 0);
      return copy;
    }
    case 1: {
      // Cut off, and framed as such.
      const short = copy.slice(0, 4 + draw(length));
      new DataView(short.buffer).setUint32(0, short.length - 4);
      return short;
    }
    case 2: {
      const long = new Uint8Array(frame.length + 1 + draw(100));
      long.set(copy);
      new DataView(long.buffer).setUint32(0, long.length - 4);
      return long;
    }
    case 3:
      view.setUint32(frame.length - 4, view.getUint32(frame.length - 4) + 1 + draw(5));
      return copy;
    default: {
      const at = 4 + draw(length);
      copy[at] = (copy[at] ?? 0) ^ (1 + draw(255));
      return copy;
    }
  }
}

/**
 * Goes through an exchange with a wrong password in which messages are damaged.
 *
 * @returns the number of messages that the daemon took
 * @throws when it lets the client in, or refuses it with another error than that of a failed authentication
 */
export async function damagedExchange(bare: Channel, draw: Numbers): Promise<number> {
  const login = new Takeover(bare);
  let messages = 1;
  try {
    const { mechlist } = await login.call(remote.authSaslInit, {});
    const offered = mechlist.split(',');
    const mech = offered[draw(offered.length)] ?? '';
    const secure = offered.length > 1;
    const strength = secure ? { minSsf: 0, maxSsf: 0 } : { minSsf: 56, maxSsf: 256 };
    const client = await makeClient(mech, { authname: 'alice', password: 'guessed' }, strength);
    const named = draw(8) === 0 ? damagedText(mech, draw) : mech;
    const entered = await exchange(login, named, client, (data) => {
      messages++;
      return draw(2) === 0 ? data : damagedToken(data, draw);
    });
    assert.equal(entered, false, `${mech} lets in who does not know the password`);
  } catch (thrown) {
    // The client's half breaks off over answers to what it has not said.
    if (!(thrown instanceof LibvirtError)) throw thrown;
    assert.equal(thrown.code, ErrorCode.AuthFailed, thrown.message);
  } finally {
    await login.close();
  }
  return messages;
}

async function makeClient(
  mech: string,
  credentials: Credentials,
  strength: { readonly minSsf: number; readonly maxSsf: number },
): Promise<SaslClient> {
  const client = await saslMechanisms.get(mech)?.client({ host: 'localhost', ...strength, ...credentials });
  assert.ok(client, mech);
  return client;
}

// As the client does it, each message on its way through `pass`. True when the daemon is content.
async function exchange(
  login: Takeover,
  mech: string,
  client: SaslClient,
  pass: (data: Uint8Array | null) => Uint8Array | null,
): Promise<boolean> {
  const options = { pauseAfterReply: true };
  const wire = (message: Uint8Array | null) => {
    const data = pass(message);
    return { nil: data === null ? 1 : 0, data: data ?? new Uint8Array() };
  };
  let reply = await login.call(remote.authSaslStart, { mech, ...wire(await client.start()) }, options);
  for (;;) {
    if (reply.complete !== 0) {
      if (!client.complete) await client.step(reply.nil !== 0 ? null : reply.data);
      return true;
    }
    const answer = client.complete ? null : await client.step(reply.nil !== 0 ? null : reply.data);
    login.resume();
    reply = await login.call(remote.authSaslStep, wire(answer), options);
  }
}

function damagedText(text: string, draw: Numbers): string {
  const texts = [
    '',
    text.toLowerCase(),
    `${text}\u0001`,
    text.slice(1),
    'x'.repeat(1 + draw(2000)),
    '../../x',
    '__proto__',
  ];
  return texts[draw(texts.length)] ?? '';
}

function damagedToken(data: Uint8Array | null, draw: Numbers): Uint8Array | null {
  if (data === null || data.length === 0) return new Uint8Array(draw(40)).map(() => draw(256));
  const copy = Uint8Array.from(data);
  switch (draw(6)) {
    case 0:
      return null;
    case 1:
      return copy.subarray(0, draw(copy.length));
    case 2:
      return new Uint8Array(Buffer.concat([copy, copy.subarray(draw(copy.length))]));
    case 3:
      // Directives are told apart by these.
      copy[draw(copy.length)] = (',="\0\\'.codePointAt(draw(5)) ?? 0) & 0xff;
      return copy;
    default:
      for (let flips = 1 + draw(4); flips > 0; flips--) copy[draw(copy.length)] = draw(256);
      return copy;
  }
}
