// For tests: the secrets of a few users, and an exchange between two halves in memory.
import type { SaslClient, SaslServer, SaslServerOptions } from './mechanism.ts';

/** What a server needs besides what a test is about. */
export function serverOptions(
  passwords: Readonly<Record<string, string>>,
  options: Partial<SaslServerOptions> = {},
): SaslServerOptions {
  return {
    host: 'server.example',
    realm: 'server.example',
    minSsf: 0,
    maxSsf: 0,
    lookup: (user) => {
      const password = Object.hasOwn(passwords, user) ? passwords[user] : undefined;
      return password === undefined ? null : { password };
    },
    decoySecret: new Uint8Array(32).fill(7),
    ...options,
  };
}

/** Runs an exchange as libvirt's procedures do. @returns what both sides sent, client first */
export async function runExchange(client: SaslClient, server: SaslServer): Promise<(Uint8Array | null)[]> {
  const sent: (Uint8Array | null)[] = [];
  let message = await client.start();
  sent.push(message);
  for (let round = 0; round < 10; round++) {
    const { data, complete } = await (round === 0 ? server.start(message) : server.step(message));
    sent.push(data);
    if (!client.complete) message = await client.step(data);
    if (complete) return sent;
    sent.push(message);
  }
  throw new Error('the exchange has no end');
}
