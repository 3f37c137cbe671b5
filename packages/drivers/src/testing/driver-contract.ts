// What every driver must do, whatever its kind: the checks that the tests of each of them run.
import { type CallContext, type Driver, eventTypesOf, remote } from '@virtwire/protocol';
import { ErrorCode, LibvirtError, type Procedure } from '@virtwire/rpc';
import { apiErrorDomain, apiName } from '../api-name.ts';
import { gate } from '../gate.ts';

/** One thing that a driver must do. */
export interface DriverCheck {
  /** A sentence. */
  readonly name: string;
  /** Makes a connection, tries it and closes it. Rejects with what is wrong. */
  run(open: () => Driver | Promise<Driver>): Promise<void>;
}

const procedures = Object.values<unknown>(remote).filter(
  (row): row is Procedure => (row as Partial<Procedure>).kind === 'procedure',
);
const context: CallContext = {};

/** The checks, to be run one after the other. */
export const driverContract: readonly DriverCheck[] = [
  {
    name: 'an unanswered procedure is refused with the name and the domain of its C function',
    async run(open) {
      const driver = await open();
      for (const procedure of procedures) {
        const error = await outcome(driver, procedure);
        const api = apiName(procedure);
        if (!(error instanceof LibvirtError) || error.code !== ErrorCode.NoSupport || error.str2 !== api) continue;
        expect(error.domain === apiErrorDomain(api), `${api} is refused with domain ${error.domain}`);
      }
      await driver.close();
    },
  },
  {
    name: 'whatever is asked without sense, only a LibvirtError comes out',
    async run(open) {
      const driver = await open();
      for (const procedure of procedures) {
        const thrown = await outcome(driver, procedure);
        expect(thrown === undefined || thrown instanceof LibvirtError, `${procedure.name}: ${String(thrown)}`);
      }
      await driver.close();
    },
  },
  {
    name: 'a read-only connection reads, and changes nothing',
    async run(open) {
      const readOnly = gate(await open(), { readOnly: true });
      for (const procedure of procedures) {
        if (procedure.needsWrite !== 'always') continue;
        const error = await outcome(readOnly, procedure);
        const refused = error instanceof LibvirtError && error.code === ErrorCode.OperationDenied;
        expect(refused, `${procedure.name} is not refused`);
      }
      const { type } = await readOnly.call(remote.connectGetType, {}, context);
      expect(type !== '', 'the connection has no type');
      await readOnly.close();
    },
  },
  {
    name: 'every kind of event can be subscribed to or is refused, and given up twice',
    async run(open) {
      const driver = await open();
      for (const type of [...eventTypesOf('domain'), ...eventTypesOf('network'), ...eventTypesOf('storagePool')]) {
        try {
          const stop = await driver.subscribe(type, null, () => undefined, context);
          stop();
          stop();
        } catch (error) {
          expect(error instanceof LibvirtError, `${type.name}: ${String(error)}`);
        }
      }
      await driver.close();
    },
  },
  {
    name: 'it closes twice',
    async run(open) {
      const driver = await open();
      await driver.close();
      await driver.close();
    },
  },
];

function expect(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

async function outcome(driver: Driver, procedure: Procedure): Promise<unknown> {
  try {
    await driver.call(procedure, senseless(procedure.args.shape), context);
    return undefined;
  } catch (error) {
    return error;
  }
}

// A value of the right type and no sense, by the wire's own description of the type.
function senseless(shape: string): unknown {
  if (shape.endsWith('?')) return null;
  const isText = /^(string|opaque|char)<\d+>$/.test(shape);
  if (!isText && shape.endsWith('>')) return [];
  if (shape.startsWith('{')) {
    return Object.fromEntries(fieldsOf(shape).map(([name, type]) => [name, senseless(type)]));
  }
  if (shape === 'hyper' || shape === 'uhyper') return 7n;
  if (shape === 'opaque[16]') return '99999999-9999-9999-9999-999999999999';
  if (/^(opaque|char)\W/.test(shape)) return new Uint8Array();
  return isText ? 'nonsense' : 7;
}

// The fields of `{a: int, b: {c: int}}`, braces and brackets respected.
function fieldsOf(shape: string): (readonly [string, string])[] {
  const body = shape.slice(1, -1);
  const fields: (readonly [string, string])[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= body.length; at++) {
    const char = body[at] ?? ',';
    if ('{<['.includes(char)) depth++;
    else if ('}>]'.includes(char)) depth--;
    else if (char === ',' && depth === 0) {
      const match = /^\s*(\w+): (.*)$/s.exec(body.slice(start, at));
      if (match !== null) fields.push([match[1] as string, match[2] as string]);
      start = at + 1;
    }
  }
  return fields;
}
