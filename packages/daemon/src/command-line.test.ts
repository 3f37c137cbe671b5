import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseCommandLine } from './command-line.ts';

const nothing = {
  action: 'run',
  verbose: false,
  daemon: false,
  listen: false,
  timeoutS: null,
  configFile: null,
  pidFile: null,
};

test('options are read in long, short, joined and shortened form', () => {
  const all = { ...nothing, verbose: true, listen: true, timeoutS: 5, configFile: '/c', pidFile: '/p' };

  assert.deepEqual(parseCommandLine([]), nothing);
  assert.deepEqual(parseCommandLine(['-v', '-l', '-t', '5', '-f', '/c', '-p', '/p']), all);
  assert.deepEqual(parseCommandLine(['-vlt5', '-f/c', '-p/p']), all);
  assert.deepEqual(parseCommandLine(['--verbose', '--listen', '--timeout=5', '--config', '/c', '--pid-file=/p']), all);
  assert.deepEqual(parseCommandLine(['--verb', '--lis', '--t=5', '--conf=/c', '--pid', '/p']), all);
  assert.deepEqual(parseCommandLine(['-f', '/a', '--config=/c', '-d']), { ...nothing, configFile: '/c', daemon: true });
});

test('help and version win over whatever follows', () => {
  assert.equal((parseCommandLine(['-h', '--nonsense']) as typeof nothing).action, 'help');
  assert.equal((parseCommandLine(['--version']) as typeof nothing).action, 'version');
  assert.equal((parseCommandLine(['-vV']) as typeof nothing).action, 'version');
});

test('wrong use is told in the words of getopt, as libvirtd does', () => {
  const cases: readonly (readonly [string[], string, boolean])[] = [
    [['--foo'], "unrecognized option '--foo'", true],
    [['-x'], "invalid option -- 'x'", true],
    [['-f'], "option requires an argument -- 'f'", true],
    [['--conf'], "option '--config' requires an argument", true],
    [['--listen=5'], "option '--listen' doesn't allow an argument", true],
    [['--ver'], "option '--ver' is ambiguous; possibilities: '--verbose' '--version'", true],
    [['-t', 'x'], 'Invalid value for timeout', false],
    [['-t', '-5'], 'Invalid value for timeout', false],
    [['-t', ''], 'Invalid value for timeout', false],
  ];
  for (const [args, message, showUsage] of cases) assert.deepEqual(parseCommandLine(args), { message, showUsage });
});

test('any words give options or an error', () => {
  const word = fc.oneof(fc.string(), fc.constantFrom('-t', '--', '-', '--timeout', '-vd', '--config='));
  fc.assert(
    fc.property(fc.array(word), (args) => {
      const parsed = parseCommandLine(args);
      assert.ok('message' in parsed || 'action' in parsed);
    }),
  );
});

test('what --check-config shall check may stand before it or behind it', () => {
  for (const words of [
    ['-f', 'x', '-l', '--check-config'],
    ['--check-config', '-f', 'x', '-l'],
  ]) {
    const options = parseCommandLine(words);
    assert.ok('action' in options);
    assert.deepEqual([options.action, options.configFile, options.listen], ['check-config', 'x', true]);
  }
});

test('a word that is no option is refused in the words of libvirtd, and the line behind says where to look', () => {
  assert.deepEqual(parseCommandLine(['help\u001b']), {
    message: 'unexpected, non-option, command line arguments',
    hint: "'help?' is no command; see 'virtwired --help'",
    showUsage: false,
  });
});
