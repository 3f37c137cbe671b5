import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cpuLetters, cpuRanges } from './cpu-map.ts';
import { labelLine, prettySize, timestamp } from './format.ts';
import { parseInteger, scaledInteger } from './numbers.ts';
import { treeText } from './tree.ts';

test('writes sizes in the largest unit that leaves at least one', () => {
  assert.equal(prettySize(0n), '0.00 B');
  assert.equal(prettySize(1023n), '1023.00 B');
  assert.equal(prettySize(1024n), '1.00 KiB');
  assert.equal(prettySize(107374182400n), '100.00 GiB');
  assert.equal(prettySize(1099506450432n, 3), '1023.995 GiB');
  assert.equal(prettySize(2n ** 64n - 1n), '16.00 EiB');
});

test('pads labels', () => {
  assert.equal(labelLine('Id:', 1), 'Id:             1\n');
  assert.equal(labelLine('CPU(s):', 16, 20), 'CPU(s):              16\n');
});

test('stamps moments as libvirt does', () => {
  assert.equal(timestamp(new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678))), '2026-01-02 03:04:05.678+0000');
});

test('writes sets of CPUs', () => {
  const map = new Uint8Array([0b0001_0101, 0b0000_0011]);

  assert.equal(cpuLetters(map, 10), 'y-y-y---yy');
  assert.equal(cpuRanges(map, 10), '0,2,4,8-9');
});

test('reads sizes with units', () => {
  const max = 2n ** 64n - 1n;

  assert.equal(scaledInteger('5', 1024n, max), 5120n);
  assert.equal(scaledInteger('5k', 1n, max), 5120n);
  assert.equal(scaledInteger('5KiB', 1n, max), 5120n);
  assert.equal(scaledInteger('5KB', 1n, max), 5000n);
  assert.equal(scaledInteger('5b', 1024n, max), 5n);
  assert.equal(scaledInteger('20E', 1n, max), null);
  assert.equal(scaledInteger('5x', 1n, max), null);
  assert.equal(scaledInteger('-5', 1n, max), null);
  assert.equal(scaledInteger('', 1n, max), null);
});

test('reads every whole number that it is given, and nothing else', () => {
  fc.assert(fc.property(fc.bigInt(), (value) => assert.equal(parseInteger(String(value)), value)));
  for (const text of ['', ' ', 'x', '1x', '0x1', '1.5', '--1']) assert.equal(parseInteger(text), null);
});

test('draws trees', () => {
  const nodes = [
    { name: 'a', parent: null },
    { name: 'b', parent: 'a' },
    { name: 'c', parent: 'b' },
    { name: 'd', parent: 'a' },
  ];

  assert.equal(treeText(nodes), 'a\n  |\n  +- b\n  |   |\n  |   +- c\n  |     \n  +- d\n    \n');
});

test('draws names that hang on each other in a ring without end', () => {
  assert.equal(
    treeText([
      { name: 'a', parent: 'b' },
      { name: 'b', parent: 'a' },
    ]),
    '',
  );
});
