// The calls of golden/storage/scenario.json, answered and refused as a real storage driver did.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { remote } from '@virtwire/protocol';
import { LibvirtError, type Procedure } from '@virtwire/rpc';
import { findProgram } from './child.ts';
import { storageHarness } from './testing/harness.ts';

interface Step {
  readonly shell?: string;
  readonly call: string;
  readonly args: Record<string, unknown>;
  readonly answer?: Record<string, unknown>;
  readonly error?: Record<string, unknown>;
}

const { steps } = JSON.parse(
  readFileSync(new URL('../../../../golden/storage/scenario.json', import.meta.url), 'utf8'),
) as { steps: Step[] };
const hyper = new Set(['capacity', 'allocation', 'available']);
const skip = process.getuid?.() !== 0 ? 'recorded as root' : findProgram('qemu-img') === null ? 'no qemu-img' : false;

test('answers and refuses every recorded call as libvirt 9.0.0 does', { skip }, async (t) => {
  const { root, driver } = await storageHarness(t);
  const expand = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll('${ROOT}', root);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, hyper.has(key) ? BigInt(item as number) : expand(item)]),
    );
  };
  const plain = (value: unknown): unknown => {
    if (typeof value === 'bigint') return Number(value);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
    }
    if (typeof value !== 'string') return value;
    let text = value.replaceAll(root, '${ROOT}').replace(/<(.time)>[0-9.]+</g, '<$1>T<');
    if (text.includes('<pool')) {
      text = text.replace(/<(capacity|allocation|available) unit='bytes'>[1-9]\d*</g, "<$1 unit='bytes'>N<");
    }
    return text.replace(/<(allocation|physical) unit='bytes'>\d+</g, "<$1 unit='bytes'>N<");
  };

  for (const [number, step] of steps.entries()) {
    if (step.shell !== undefined) {
      await promisify(execFile)('sh', ['-c', step.shell.replaceAll('${ROOT}', root)]);
      continue;
    }
    const title = `step ${number}: ${step.call} ${JSON.stringify(step.args)}`;
    const procedure = remote[step.call as keyof typeof remote] as Procedure;
    const args = parseArgs(step, expand);
    try {
      const answer = plain(await driver.call(procedure, args, {})) as Record<string, unknown>;
      assert.ok(step.answer !== undefined, `${title} was not refused`);
      for (const [key, value] of Object.entries(step.answer)) assert.deepEqual(answer[key], value, title);
    } catch (thrown) {
      if (!(thrown instanceof LibvirtError)) throw thrown;
      const { code, domain, message, str1, str2, int1 } = thrown;
      assert.deepEqual(plain({ code, domain, message, str1, str2, int1 }), step.error, title);
    }
  }
});

// JSON has no large whole numbers: the two resizes beyond 2^53 come out exactly all the same, being powers of two or near.
function parseArgs(step: Step, expand: (value: unknown) => unknown): unknown {
  const args = expand(step.args) as Record<string, unknown>;
  if (args['capacity'] === 2n ** 63n) args['capacity'] = 2n ** 63n - 1n;
  return args;
}
