// The security layers of DIGEST-MD5 (RFC 2831, section 2.3 and 2.4): integrity, and encryption by RC4 or 3DES.
import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';
import type { SecurityLayer } from './mechanism.ts';
import { rc4 } from './rc4.ts';

/** A cipher of the layer: its name in the challenge, its strength in Cyrus's scale, and the bytes of H(A1) in its key. */
export interface DigestCipher {
  readonly name: string;
  readonly ssf: number;
  readonly keyBytes: number;
}

/** The ciphers that are built, strongest first. Single DES is left out: no peer needs it. */
export const digestCiphers: readonly DigestCipher[] = [
  { name: 'rc4', ssf: 128, keyBytes: 16 },
  { name: '3des', ssf: 112, keyBytes: 16 },
  { name: 'rc4-56', ssf: 56, keyBytes: 7 },
  { name: 'rc4-40', ssf: 40, keyBytes: 5 },
];

/** What a layer is made of. */
export interface DigestLayerOptions {
  /** H(A1), sixteen bytes. */
  readonly sessionKey: Uint8Array;
  /** Null: integrity only. */
  readonly cipher: DigestCipher | null;
  readonly side: 'client' | 'server';
  /** Most bytes of a frame that the peer takes (its maxbuf). */
  readonly peerMaxBytes: number;
}

const MAC_BYTES = 10;
// MAC, message type and sequence number.
const TAIL_BYTES = MAC_BYTES + 2 + 4;
const BLOCK_BYTES = 8;

/**
 * Least buffer of a peer. RFC 2831 wants no more than room for one byte, but then a reply of 256 KiB is a quarter of a
 * million frames, over which both sides lose half a minute; everybody has 64 KiB and more.
 */
export const LEAST_BUFFER = 1024;

interface Crypt {
  encrypt(plain: Uint8Array): Uint8Array;
  decrypt(sealed: Uint8Array): Uint8Array;
  /** Bytes of padding for a message of this length. */
  padding(length: number): number;
}

/**
 * Makes the layer that both sides agreed on. Padding that is wrong and a MAC that is wrong end in the same error, and that
 * ends the connection: nothing can be learned from trying.
 */
export function digestLayer({ sessionKey, cipher, side, peerMaxBytes }: DigestLayerOptions): SecurityLayer {
  const toServer = 'client-to-server';
  const toClient = 'server-to-client';
  const [out, back] = side === 'client' ? [toServer, toClient] : [toClient, toServer];
  const signOut = md5(sessionKey, `Digest session key to ${out} signing key magic constant`);
  const signBack = md5(sessionKey, `Digest session key to ${back} signing key magic constant`);
  const crypt = cipher === null ? null : crypts(cipher, sessionKey, out, back);
  let sent = 0;
  let received = 0;

  return {
    ssf: cipher?.ssf ?? 1,
    maxPlainBytes: peerMaxBytes - TAIL_BYTES - BLOCK_BYTES - 1,
    wrap: (bytes) => {
      const mac = macOf(signOut, sent, bytes);
      const padding = crypt?.padding(bytes.length) ?? 0;
      const body = new Uint8Array(bytes.length + padding + MAC_BYTES);
      body.set(bytes);
      body.fill(padding, bytes.length, bytes.length + padding);
      body.set(mac, bytes.length + padding);
      const sealed = crypt?.encrypt(body) ?? body;
      const frame = new Uint8Array(4 + sealed.length + 6);
      const view = new DataView(frame.buffer);
      view.setUint32(0, sealed.length + 6);
      frame.set(sealed, 4);
      view.setUint16(4 + sealed.length, 1);
      view.setUint32(4 + sealed.length + 2, sent);
      sent = (sent + 1) >>> 0;
      return frame;
    },
    unwrap: (frame) => {
      if (frame.length < TAIL_BYTES) throw tampered();
      const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
      const end = frame.length - 6;
      if (view.getUint16(end) !== 1 || view.getUint32(end + 2) !== received) throw tampered();
      const body = crypt === null ? frame.subarray(0, end) : crypt.decrypt(frame.subarray(0, end));
      const mac = body.subarray(body.length - MAC_BYTES);
      let length = body.length - MAC_BYTES;
      if (crypt !== null && crypt.padding(0) > 0) {
        const padding = body[length - 1] ?? 0;
        if (padding < 1 || padding > BLOCK_BYTES || padding > length) throw tampered();
        length -= padding;
        if (body.subarray(length, length + padding).some((byte) => byte !== padding)) throw tampered();
      }
      const plain = body.slice(0, length);
      if (!timingSafeEqual(mac, macOf(signBack, received, plain))) throw tampered();
      received = (received + 1) >>> 0;
      return plain;
    },
  };
}

function crypts(cipher: DigestCipher, sessionKey: Uint8Array, out: string, back: string): Crypt {
  const key = (way: string) =>
    md5(sessionKey.subarray(0, cipher.keyBytes), `Digest H(A1) to ${way} sealing key magic constant`);
  if (cipher.name !== '3des') {
    return { encrypt: rc4(key(out)), decrypt: rc4(key(back)), padding: () => 0 };
  }
  const sealing = createCipheriv('des-ede3-cbc', tripleDesKey(key(out)), key(out).subarray(8));
  const opening = createDecipheriv('des-ede3-cbc', tripleDesKey(key(back)), key(back).subarray(8));
  sealing.setAutoPadding(false);
  opening.setAutoPadding(false);
  return {
    encrypt: (plain) => sealing.update(plain),
    decrypt: (sealed) => {
      if (sealed.length % BLOCK_BYTES !== 0) throw tampered();
      return opening.update(sealed);
    },
    padding: (length) => BLOCK_BYTES - ((length + MAC_BYTES) % BLOCK_BYTES),
  };
}

// Two keys of seven bytes, spread over eight with room for parity; the third key is the first again.
function tripleDesKey(key: Uint8Array): Uint8Array {
  const one = spread(key.subarray(0, 7));
  const two = spread(key.subarray(7, 14));
  return Uint8Array.from([...one, ...two, ...one]);
}

function spread(seven: Uint8Array): Uint8Array {
  let bits = 0n;
  for (const byte of seven) bits = (bits << 8n) | BigInt(byte);
  return Uint8Array.from({ length: 8 }, (_, index) => Number((bits >> BigInt(49 - index * 7)) & 0x7fn) << 1);
}

function macOf(key: Uint8Array, sequence: number, bytes: Uint8Array): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, sequence);
  return createHmac('md5', key).update(number).update(bytes).digest().subarray(0, MAC_BYTES);
}

function md5(bytes: Uint8Array, text: string): Uint8Array {
  return createHash('md5').update(bytes).update(text, 'latin1').digest();
}

function tampered(): LibvirtError {
  return new LibvirtError(ErrorCode.Rpc, 'SASL message failed its integrity check', { domain: ErrorDomain.Rpc });
}
