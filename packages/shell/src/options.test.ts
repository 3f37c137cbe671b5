import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from './failure.ts';
import { parseGlobalOptions } from './options.ts';

test('stops at the first word that is no option', () => {
  const options = parseGlobalOptions(['-q', '-c', 'test:///default', 'list', '--all', '-r']);

  assert.equal(options.quiet, true);
  assert.equal(options.uri, 'test:///default');
  assert.equal(options.readOnly, false);
  assert.deepEqual(options.words, ['list', '--all', '-r']);
});

test('takes short options in one word, the last one with its value', () => {
  const options = parseGlobalOptions(['-qrtcx:///y', '-k0', '-K', '7', '-d', '2']);

  assert.deepEqual([options.quiet, options.readOnly, options.timing, options.uri], [true, true, true, 'x:///y']);
  assert.deepEqual([options.keepaliveInterval, options.keepaliveCount, options.debug], [0, 7, 2]);
});

test('takes the beginning of a long name when it fits one option only', () => {
  assert.equal(parseGlobalOptions(['--conn=x']).uri, 'x');
  assert.equal(parseGlobalOptions(['--vers=long']).show, 'long-version');
  assert.equal(parseGlobalOptions(['--version=foo']).show, 'version');
});

test('warns of a debug level out of range and goes on', () => {
  assert.deepEqual(parseGlobalOptions(['-d', '9']).warnings, ['ignoring debug level 9 out of range [0-4]']);
});

const refused: readonly [string, string][] = [
  ['-x', "unsupported option '-x'. See --help."],
  ['--bogus', "unsupported option '--bogus'. See --help."],
  ['--ke 3', "unsupported option '--ke'. See --help."],
  ['--quiet=3', "unsupported option '-q'. See --help."],
  ['-c', "option '-c'/'--connect' requires an argument"],
  ['--connect', "option '-c'/'--connect' requires an argument"],
  ['-d x', 'option -d takes a numeric argument'],
  ['--debug x', 'option --debug takes a numeric argument'],
  ['-k x', 'Invalid value for option -k'],
  ['--keepalive-count x', 'Invalid value for option --keepalive-count'],
  ['-K -3', 'option -K requires a positive integer argument'],
  ['-e ab', "Invalid string 'ab' for escape sequence"],
  ['-e ^', "Invalid string '^' for escape sequence"],
];
for (const [line, text] of refused) {
  test(`refuses ${line}`, () => {
    assert.throws(() => parseGlobalOptions(line.split(' ')), new UsageError(text));
  });
}
