// Replays what a real libvirtd answered to calls on its test driver.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { remote } from '@virtwire/protocol';
import { LibvirtError, type Procedure } from '@virtwire/rpc';
import { testDriver } from './index.ts';

interface Step {
  readonly call: string;
  readonly args: unknown;
  readonly ret?: unknown;
  readonly error?: unknown;
}

const golden = JSON.parse(
  readFileSync(new URL('../../../../golden/test-driver/calls.json', import.meta.url), 'utf8'),
  (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('big' in value) return BigInt(value.big as string);
    if ('bytes' in value) return Uint8Array.from(Buffer.from(value.bytes as string, 'hex'));
    return value;
  },
) as { readonly scenarios: readonly { readonly name: string; readonly steps: readonly Step[] }[] };

const rows = remote as unknown as Readonly<Record<string, Procedure>>;

// Figures that grow with the time of day; the time of day itself inside XML.
const growing = new Set(
  'cpuTime cpu_time rd_req rd_bytes wr_req wr_bytes errs rx_bytes rx_packets rx_errs rx_drop tx_bytes tx_packets tx_errs tx_drop'.split(
    ' ',
  ),
);

// Lists come in the order of libvirt's hash tables there, in the order of creation here.
const unordered = new Set(['domains', 'names', 'snapshots', 'checkpoints']);

function comparable(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return value.replace(/<creationTime>\d{9,}</g, '<creationTime>now<');
  if (growing.has(key)) return 'growing';
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item));
    return unordered.has(key) ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, comparable(inner, name)]));
}

function missing(path: string): never {
  throw Object.assign(new Error(path), { code: 'ENOENT' });
}

for (const { name, steps } of golden.scenarios) {
  test(`answers like libvirt 9.0.0: ${name}`, async (t) => {
    const driver = await testDriver({ readFile: missing, writeFile: missing }).open('test:///default', {});

    for (const [index, step] of steps.entries()) {
      await t.test(`${index} ${step.call}`, async () => {
        const given = JSON.stringify(step.args, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
        let answer: { ret?: unknown; error?: unknown };
        try {
          answer = { ret: await driver.call(rows[step.call] as Procedure, step.args, {}) };
        } catch (thrown) {
          if (!(thrown instanceof LibvirtError)) throw thrown;
          const { code, domain, message, level, str1, str2, str3, int1, int2 } = thrown;
          answer = { error: { code, domain, message, level, str1, str2, str3, int1, int2 } };
        }
        const expected = step.error === undefined ? { ret: step.ret } : { error: step.error };
        assert.deepEqual(comparable(answer), comparable(expected), `${step.call} ${given}`);
      });
    }
  });
}
