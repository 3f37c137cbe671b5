import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { type Driver, lxc, qemu, remote } from '@virtwire/protocol';
import { ErrorCode, type LibvirtError, type Procedure } from '@virtwire/rpc';
import { apiName } from './api-name.ts';
import { gate } from './gate.ts';

interface Conditional {
  readonly function: string;
  readonly field: string;
  readonly refused: readonly number[];
  readonly allowed: readonly number[];
  readonly detail: string;
}
const spec: { readonly always: readonly string[]; readonly conditional: readonly Conditional[] } = JSON.parse(
  readFileSync(new URL('../../../spec/read-only.json', import.meta.url), 'utf8'),
);
const procedures = [remote, qemu, lxc].flatMap((rows) =>
  Object.values(rows).filter((row): row is Procedure => row.kind === 'procedure'),
);

// Says yes to everything, so that whatever is refused was refused by the gate.
const open: Driver = { call: () => 'passed' as never, subscribe: () => () => undefined, close: () => undefined };

function outcome(driver: Driver, procedure: Procedure, args: unknown): unknown {
  try {
    return driver.call(procedure, args, {});
  } catch (error) {
    return error;
  }
}

test('a read-only gate refuses what libvirt refuses, and nothing else', () => {
  const driver = gate(open, { readOnly: true });
  const always = new Set(spec.always);
  const conditional = new Map(spec.conditional.map((row) => [row.function, row]));

  for (const procedure of procedures) {
    const api = apiName(procedure);
    const rule = conditional.get(api);
    if (rule !== undefined) {
      for (const value of rule.allowed)
        assert.equal(outcome(driver, procedure, { [rule.field]: value }), 'passed', api);
      for (const value of rule.refused) {
        const error = outcome(driver, procedure, { [rule.field]: value }) as LibvirtError;
        assert.equal(error.code, ErrorCode.OperationDenied, api);
        assert.equal(error.message, `operation forbidden: ${rule.detail}`);
      }
    } else if (always.has(api)) {
      const error = outcome(driver, procedure, {}) as LibvirtError;
      assert.equal(error.code, ErrorCode.OperationDenied, api);
      assert.equal(error.message, `operation forbidden: read only access prevents ${api}`);
    } else if (procedure.needsWrite === undefined) {
      assert.equal(outcome(driver, procedure, {}), 'passed', api);
    } else {
      // Newer than the list: libvirt 9.0.0 does not have it.
      assert.ok(procedure.number > 443, api);
    }
  }
});

test('a read-write gate is the driver itself', () => {
  assert.equal(gate(open, { readOnly: false }), open);
});
