// The table against what was read out of libvirt's own protocol files: numbers, names, fields, types, limits, columns.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Row } from '@virtwire/rpc';
import { programs } from './programs.ts';

/** A procedure of spec/protocol.json: number, name, call, reply (or message), columns. Types are expanded by {@link expand}. */
type Line = [
  number: number,
  name: string,
  first: string,
  second: string | null,
  columns: Readonly<Record<string, unknown>>,
];

interface SpecProgram {
  readonly number: number;
  readonly version: number;
  readonly types: Readonly<Record<string, string>>;
  readonly procedures: readonly Line[];
}

interface Spec {
  readonly libvirt: string;
  readonly programs: Readonly<Record<string, SpecProgram>>;
  /** What later releases added, by program. */
  readonly newer: Readonly<Record<string, readonly Line[]>>;
}

const specFolder = new URL('../../../spec/', import.meta.url);
const spec = JSON.parse(readFileSync(new URL('protocol.json', specFolder), 'utf8')) as Spec;
const allTypes = Object.assign({}, ...Object.values(spec.programs).map((program) => program.types)) as Record<
  string,
  string
>;

for (const program of programs) {
  test(`every row of the ${program.name} program is the one of libvirt`, () => {
    const expected = spec.programs[program.name];
    assert.ok(expected);
    const lines = [...expected.procedures, ...(spec.newer[program.name] ?? [])];

    const rows = lines.map((line) => program.byNumber.get(line[0]));

    assert.equal(program.number, expected.number);
    assert.equal(program.version, expected.version);
    assert.equal(program.byNumber.size, lines.length);
    for (const [index, line] of lines.entries()) assert.deepEqual(describe(rows[index]), expand(line), line[1]);
  });
}

// A folder with protocol.json as it was parsed from libvirt's sources, when somebody has one.
const factsFolder = process.env['VIRTWIRE_FACTS'];

if (factsFolder !== undefined) {
  test('spec/protocol.json is a true copy of the facts', () => {
    const facts = JSON.parse(readFileSync(join(factsFolder, 'protocol.json'), 'utf8')) as Facts;

    assert.deepEqual(spec.programs, compact(facts));
  });
}

/** A row in the form of {@link expand}'s result. */
function describe(row: Row | undefined): unknown {
  assert.ok(row);
  if (row.kind === 'event')
    return { number: row.number, name: row.name, first: row.message.shape, second: null, columns: {} };
  const { kind: _kind, program: _program, number, name, args, ret, ...columns } = row;
  return { number, name, first: args.shape, second: ret.shape, columns };
}

function expand([number, name, first, second, columns]: Line): unknown {
  return {
    number,
    name: camelCase(name),
    first: expandTypes(first),
    second: second === null ? null : expandTypes(second),
    columns,
  };
}

/** Replaces names of types by what they are, until only XDR is left. */
function expandTypes(text: string): string {
  // A type follows a colon or stands alone; a field name, which may look alike, never does.
  return text.replace(
    /(^|: )([a-z]+_\w+)/g,
    (_, before: string, type: string) => before + expandTypes(allTypes[type] ?? `<${type}>`),
  );
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

// ---- Facts to the compact form

interface FactField {
  readonly name: string;
  readonly type: string;
  readonly kind: string;
  readonly max?: number;
  readonly size?: number;
}

interface FactProcedure {
  readonly number: number;
  readonly name: string;
  readonly args: string | null;
  readonly ret: string | null;
  readonly msg: string | null;
  readonly event: boolean;
  readonly priority: string;
  readonly acl?: readonly string[];
  readonly aclFilter?: readonly string[];
  readonly needsWrite?: string;
  readonly preAuth?: boolean;
  readonly readstream?: number;
  readonly writestream?: number;
  readonly sparseFlag?: string;
  readonly fds?: { readonly in: string };
  readonly api?: string | null;
}

interface FactProgram {
  readonly program?: number;
  readonly version: number;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly typedefs: Readonly<Record<string, FactField>>;
  readonly structs: Readonly<Record<string, { readonly fields: readonly FactField[] }>>;
  readonly unions: Readonly<
    Record<string, { readonly arms: readonly { readonly cases: readonly number[]; readonly field: FactField }[] }>
  >;
  readonly procedures: readonly FactProcedure[];
}

interface Facts {
  readonly programs: Readonly<Record<string, FactProgram>>;
}

function compact(facts: Facts): Record<string, SpecProgram> {
  const result: Record<string, SpecProgram> = {};
  for (const [name, program] of Object.entries(facts.programs)) {
    if (program.program === undefined) continue;
    const payloads = new Set(program.procedures.flatMap((row) => [row.args, row.ret, row.msg]));
    result[name] = {
      number: program.program,
      version: program.version,
      types: typesOf(program, payloads),
      procedures: program.procedures.map((row) => lineOf(program, row)),
    };
  }
  return result;
}

function typesOf(program: FactProgram, payloads: ReadonlySet<string | null>): Record<string, string> {
  const types: Record<string, string> = {};
  for (const [name, values] of Object.entries(program.enums))
    types[name] = `enum {${Object.values(values).join(', ')}}`;
  for (const [name, field] of Object.entries(program.typedefs)) types[name] = typeOf(field);
  for (const [name, { arms }] of Object.entries(program.unions)) {
    types[name] = `union {${arms.map((arm) => `${arm.cases[0]}: ${typeOf(arm.field)}`).join(', ')}}`;
  }
  const inner = new Set(Object.values(program.structs).flatMap((struct) => struct.fields.map((field) => field.type)));
  for (const name of Object.keys(program.structs)) {
    // The payload of one row is in that row, unless others nest it.
    if (!payloads.has(name) || inner.has(name)) types[name] = structOf(program, name);
  }
  return types;
}

function structOf(program: FactProgram, name: string | null): string {
  const fields = name === null ? [] : (program.structs[name]?.fields ?? []);
  return `{${fields.map((field) => `${field.name}: ${typeOf(field)}`).join(', ')}}`;
}

function typeOf({ type, kind, max, size }: FactField): string {
  if (kind === 'optional') return `${type}?`;
  if (kind === 'scalar') return type;
  return max === undefined ? `${type}[${size}]` : `${type}<${max}>`;
}

function lineOf(program: FactProgram, row: FactProcedure): Line {
  if (row.event) return [row.number, row.name, structOf(program, row.msg), null, {}];
  return [row.number, row.name, structOf(program, row.args), structOf(program, row.ret), columnsOf(row)];
}

function columnsOf(row: FactProcedure): Record<string, unknown> {
  const columns: Record<string, unknown> = {};
  if (row.acl?.length) columns['acl'] = row.acl;
  if (row.aclFilter) columns['aclFilter'] = row.aclFilter;
  if (row.needsWrite) columns['needsWrite'] = row.needsWrite;
  if (row.priority === 'high') columns['priority'] = 'high';
  if (row.preAuth) columns['preAuth'] = true;
  if (row.readstream) columns['readStream'] = true;
  if (row.writestream) columns['writeStream'] = true;
  if (row.sparseFlag) columns['sparseFlag'] = sparseFlags[row.sparseFlag];
  if (row.fds) columns['fds'] = row.fds.in;
  if (row.api) columns['api'] = row.api;
  return columns;
}

const sparseFlags: Readonly<Record<string, number>> = {
  VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM: 1,
  VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM: 1,
};
