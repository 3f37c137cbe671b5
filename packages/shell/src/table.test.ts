import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { renderTable } from './table.ts';

const utf8 = { utf8: true, widthOf: (char: string) => stringWidth(char) };

test('makes columns as wide as their widest cell, the rule three more each', () => {
  const header = ['Id', 'Name', 'State'];
  const rows = [
    ['1', 'test', 'running'],
    ['-', 'vm2', 'shut off'],
  ];

  assert.equal(
    renderTable(rows, { ...utf8, header }),
    ' Id   Name   State\n-----------------------\n 1    test   running\n -    vm2    shut off\n',
  );
});

test('counts only rows when there is no header', () => {
  assert.equal(renderTable([['1', 'a', 'b']], { ...utf8, header: null }), ' 1   a   b\n');
});

test('counts wide characters twice and combining ones not at all', () => {
  const rows = [
    ['日本', 'x'],
    ['e\u0301', 'y'],
    ['abcd', 'z'],
  ];

  assert.equal(renderTable(rows, { ...utf8, header: null }), ' 日本   x\n e\u0301      y\n abcd   z\n');
});

test('writes control characters and a literal \\x as bytes', () => {
  assert.equal(renderTable([['a\tb', 'c\\x41', 'd\\n']], { ...utf8, header: null }), ' a\\x09b   c\\x5cx41   d\\n\n');
});

test('writes other than ASCII as bytes when the terminal does not speak UTF-8', () => {
  const options = { header: null, utf8: false, widthOf: () => 1 };

  assert.equal(renderTable([['é', 'x']], options), ' \\xff\\xff   x\n');
});
