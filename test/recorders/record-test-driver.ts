// Fills golden/test-driver/calls.json with what a real libvirtd answers: node --conditions=source record-test-driver.ts SOCKET
import { readFileSync, writeFileSync } from 'node:fs';
import { remote } from '@virtwire/protocol';
import { Caller, LibvirtError, type Procedure, programOf } from '@virtwire/rpc';
import { connectSocket } from '@virtwire/rpc/node';

const file = new URL('../../golden/test-driver/calls.json', import.meta.url);
const socket = process.argv[2];
if (socket === undefined) throw new Error('which socket? give its path');

function decode(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('big' in value) return BigInt(value.big as string);
  if ('bytes' in value) return Uint8Array.from(Buffer.from(value.bytes as string, 'hex'));
  return value;
}

function encode(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { big: String(value) };
  return value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('hex') } : value;
}

const golden = JSON.parse(readFileSync(file, 'utf8'), decode) as {
  readonly scenarios: { readonly name: string; readonly steps: Record<string, unknown>[] }[];
};
const rows = remote as unknown as Readonly<Record<string, Procedure>>;

for (const scenario of golden.scenarios) {
  const caller = new Caller(await connectSocket({ path: socket }), { programs: [remote[programOf]] });
  await caller.call(remote.authList, {});
  await caller.call(remote.connectOpen, { name: 'test:///default', flags: 0 });
  for (const step of scenario.steps) {
    delete step['ret'];
    delete step['error'];
    try {
      step['ret'] = await caller.call(rows[step['call'] as string] as Procedure, step['args'], {});
    } catch (thrown) {
      if (!(thrown instanceof LibvirtError)) throw thrown;
      const { code, domain, message, level, str1, str2, str3, int1, int2 } = thrown;
      step['error'] = { code, domain, message, level, str1, str2, str3, int1, int2 };
    }
  }
  // The last connection takes the state with it, so the next scenario begins anew.
  await caller.call(remote.connectClose, {});
  await caller.close();
}
writeFileSync(file, `${JSON.stringify(golden, encode, 1)}\n`);
