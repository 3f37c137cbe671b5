// What every driver must do, whatever its kind: the suite that each of them runs.
import assert from 'node:assert/strict';
import test from 'node:test';
import { type CallContext, type Driver, eventTypesOf, remote } from '@virtwire/protocol';
import { ErrorCode, LibvirtError, type Procedure } from '@virtwire/rpc';
import { apiErrorDomain, apiName } from '../api-name.ts';
import { gate } from '../gate.ts';

const procedures = Object.values<unknown>(remote).filter(
  (row): row is Procedure => (row as Partial<Procedure>).kind === 'procedure',
);
const context: CallContext = {};

/** Runs the contract on a driver. @param open makes a connection of its own, which the suite closes */
export function driverContract(name: string, open: () => Driver | Promise<Driver>): void {
  test(`${name}: an unanswered procedure is refused with the name and the domain of its C function`, async () => {
    const driver = await open();

    for (const procedure of procedures) {
      const error = await outcome(driver, procedure);
      if (!(error instanceof LibvirtError) || error.code !== ErrorCode.NoSupport) continue;
      if (error.str2 !== apiName(procedure)) continue;
      assert.equal(error.domain, apiErrorDomain(apiName(procedure)), procedure.name);
    }
    await driver.close();
  });

  test(`${name}: whatever is asked without sense, only a LibvirtError comes out`, async () => {
    const driver = await open();

    for (const procedure of procedures) {
      const thrown = await outcome(driver, procedure);
      assert.ok(thrown === undefined || thrown instanceof LibvirtError, `${procedure.name}: ${String(thrown)}`);
    }
    await driver.close();
  });

  test(`${name}: a read-only connection reads, and changes nothing`, async () => {
    const driver = await open();
    const readOnly = gate(driver, { readOnly: true });

    for (const procedure of procedures) {
      if (procedure.needsWrite !== 'always') continue;
      const error = await outcome(readOnly, procedure);
      assert.ok(error instanceof LibvirtError, procedure.name);
      assert.equal(error.code, ErrorCode.OperationDenied, procedure.name);
    }
    assert.equal(typeof (await readOnly.call(remote.connectGetType, {}, context)).type, 'string');
    await readOnly.close();
  });

  test(`${name}: every kind of event can be subscribed to or is refused, and given up twice`, async () => {
    const driver = await open();

    for (const type of [...eventTypesOf('domain'), ...eventTypesOf('network'), ...eventTypesOf('storagePool')]) {
      try {
        const stop = await driver.subscribe(type, null, () => undefined, context);
        stop();
        stop();
      } catch (error) {
        assert.ok(error instanceof LibvirtError, type.name);
      }
    }
    await driver.close();
  });

  test(`${name}: it closes twice`, async () => {
    const driver = await open();

    await driver.close();
    await driver.close();
  });
}

/** Arguments of the right types and no sense, by the wire's own description of them. */
export function senselessArguments(procedure: Procedure): unknown {
  const text = procedure.args.shape;
  const args: Record<string, unknown> = {};
  for (const [, name = '', shape = ''] of topLevel(text)) args[name] = senseless(shape);
  return args;
}

async function outcome(driver: Driver, procedure: Procedure): Promise<unknown> {
  try {
    await driver.call(procedure, senselessArguments(procedure), context);
    return undefined;
  } catch (error) {
    return error;
  }
}

function senseless(shape: string): unknown {
  if (shape.endsWith('?')) return null;
  const isText = /^(string|opaque|char)<\d+>$/.test(shape);
  if (!isText && shape.endsWith('>')) return [];
  if (shape.startsWith('{')) {
    const inner: Record<string, unknown> = {};
    for (const [, name = '', part = ''] of topLevel(shape)) inner[name] = senseless(part);
    return inner;
  }
  if (/^(hyper|uhyper)$/.test(shape)) return 7n;
  if (shape === 'opaque[16]') return '99999999-9999-9999-9999-999999999999';
  if (/^(opaque|char)\W/.test(shape)) return new Uint8Array();
  if (/^string<\d+>$/.test(shape)) return 'nonsense';
  return 7;
}

// The fields of `{a: int, b: {c: int}}`, braces and brackets respected.
function topLevel(shape: string): string[][] {
  const body = shape.slice(1, -1);
  const fields: string[][] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= body.length; at++) {
    const char = body[at] ?? ',';
    if ('{<['.includes(char)) depth++;
    else if ('}>]'.includes(char)) depth--;
    else if (char === ',' && depth === 0) {
      const match = /^\s*(\w+): (.*)$/s.exec(body.slice(start, at));
      if (match !== null) fields.push([...match]);
      start = at + 1;
    }
  }
  return fields;
}
