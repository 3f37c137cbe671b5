// RC4, which DIGEST-MD5's layers use and OpenSSL 3 no longer offers by default. Weak: only for peers that have nothing else.

/** A running RC4 key stream: each call goes on where the last one ended. */
export type Rc4 = (bytes: Uint8Array) => Uint8Array;

/** Starts a key stream. */
export function rc4(key: Uint8Array): Rc4 {
  const state = new Uint8Array(256).map((_, index) => index);
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + (state[i] as number) + (key[i % key.length] as number)) & 0xff;
    const swap = state[i] as number;
    state[i] = state[j] as number;
    state[j] = swap;
  }
  let i = 0;
  let j = 0;
  return (bytes) => {
    const out = new Uint8Array(bytes.length);
    for (let index = 0; index < bytes.length; index++) {
      i = (i + 1) & 0xff;
      const a = state[i] as number;
      j = (j + a) & 0xff;
      const b = state[j] as number;
      state[i] = b;
      state[j] = a;
      out[index] = (bytes[index] as number) ^ (state[(a + b) & 0xff] as number);
    }
    return out;
  };
}
