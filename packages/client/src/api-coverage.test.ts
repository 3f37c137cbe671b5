// Every procedure of the remote program has a method of the public API, or stands in spec/api-coverage.json with a reason.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { remote } from '@virtwire/protocol';

interface Coverage {
  /** Reason why there is no method, by kind and row. */
  readonly without: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const coverage = JSON.parse(
  readFileSync(new URL('../../../spec/api-coverage.json', import.meta.url), 'utf8'),
) as Coverage;
const listed = new Set(Object.values(coverage.without).flatMap((rows) => Object.keys(rows)));

const source = ['.', './api']
  .flatMap((folder) => {
    const url = new URL(`${folder}/`, import.meta.url);
    const names = readdirSync(url).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
    return names.map((name) => readFileSync(new URL(name, url), 'utf8'));
  })
  .join('\n');
const used = new Set(Array.from(source.matchAll(/\bremote\.([A-Za-z0-9]+)\b/g), ([, name]) => name as string));
const procedures = Object.values(remote)
  .filter((row) => row.kind === 'procedure')
  .map(({ name }) => name);

test('every procedure has a method or a reason', () => {
  assert.deepEqual(
    procedures.filter((name) => !used.has(name) && !listed.has(name)),
    [],
  );
});

test('no reason is left for a procedure that has a method, or that does not exist', () => {
  assert.deepEqual(
    Array.from(listed).filter((name) => used.has(name) || !procedures.includes(name)),
    [],
  );
});

test('every reason says something', () => {
  const reasons = Object.values(coverage.without).flatMap((rows) => Object.values(rows));

  assert.ok(reasons.every((reason) => reason.length > 5));
});
