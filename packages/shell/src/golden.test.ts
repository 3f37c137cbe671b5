// Runs the command lines of real virsh transcripts inside this process and compares what comes out.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { main } from './main.ts';
import { KeptOutput } from './output.ts';

const folder = new URL('../../../golden/virsh/', import.meta.url);

// What differs between two runs of virsh itself.
const varying: readonly (readonly [RegExp, string])[] = [
  [/CPU time: {7}\d+\.\ds/g, 'CPU time:       T'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME'],
  [/(\.time|\.wait|user|system)=\d+/g, '$1=N'],
  [/(hostname'\n--- stdout\n).+/, '$1HOST'],
];

interface Transcript {
  readonly line: string;
  readonly text: string;
}

function readTranscript(name: string): Transcript {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const [, line] = /^\$ virsh -c test:\/\/\/default '(.*)'\n--- stdout/s.exec(text) ?? [];
  assert.ok(line !== undefined, name);
  return { line, text };
}

function masked(text: string): string {
  return varying.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), text);
}

// The transcripts were kept without the last empty line of each stream.
function withoutLastLineBreaks(text: string): string {
  return text.replace(/\n+(?=--- |$)/g, '\n');
}

async function transcriptOf(line: string): Promise<string> {
  const output = new KeptOutput();
  const env = { LANG: 'C.UTF-8' };
  const code = await main(['node', 'virtwire', '-c', 'test:///default', line], env, output);
  return `$ virsh -c test:///default '${line}'\n--- stdout\n${output.out}--- stderr\n${output.err}--- exit ${code}\n`;
}

for (const name of readdirSync(folder)) {
  if (!name.endsWith('.txt')) continue;
  const { line, text } = readTranscript(name);
  test(`answers ${line}`, async () => {
    const ours = await transcriptOf(line);

    assert.equal(withoutLastLineBreaks(masked(ours)), withoutLastLineBreaks(masked(text)));
  });
}
