// The whole wire as text: any change to it shows up in wire.lock, and so in review.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Program, Row } from '@virtwire/rpc';
import { programs } from './programs.ts';

const lockFile = new URL('../wire.lock', import.meta.url);

test('the wire is the one that wire.lock says (UPDATE_WIRE_LOCK=1 rewrites it)', () => {
  const printed = printPrograms(programs);

  if (process.env['UPDATE_WIRE_LOCK'] === '1') writeFileSync(lockFile, printed);

  assert.equal(printed, readFileSync(lockFile, 'utf8'));
});

function printPrograms(all: readonly Program[]): string {
  return all.map(printProgram).join('\n');
}

function printProgram(program: Program): string {
  const rows = [...program.byNumber.values()].sort((a, b) => a.number - b.number);
  return `program ${program.name} 0x${program.number.toString(16)} version ${program.version}\n${rows.map(printRow).join('')}`;
}

function printRow(row: Row): string {
  if (row.kind === 'event') return `${row.number} ${row.name}\n  message ${row.message.shape}\n`;
  const { kind: _kind, name, number, program: _program, args, ret, ...options } = row;
  const columns = Object.entries(options)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([column, value]) => `  ${column} ${Array.isArray(value) ? value.join(' ') : String(value)}\n`);
  return `${number} ${name}\n  call ${args.shape}\n  reply ${ret.shape}\n${columns.join('')}`;
}
