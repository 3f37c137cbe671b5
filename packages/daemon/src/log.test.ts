import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { ErrorCode } from '@virtwire/rpc';
import { loadConfig } from './config.ts';
import { Log } from './log.ts';
import { logSettings } from './log-settings.ts';
import { escapeControls, LogLevel } from './logging/record.ts';
import { logOutputsText, parseLogFilters, parseLogLevel, parseLogOutputs } from './logging/syntax.ts';

function directory(): Disposable & { path: string } {
  const path = mkdtempSync(`${tmpdir()}/virtwire-log-`);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test('lines have the form of libvirt, behind two lines that say who writes', () => {
  using place = directory();
  const log = new Log();
  log.configure({ level: LogLevel.Warning, filters: [], outputs: parseLogOutputs(`1:file:${place.path}/log`) });

  log.info('daemon', 'not written');
  log.error('daemon', 'two\nlines \u001b[2J');
  log.warning('daemon', 'second');
  log.close();

  const lines = readFileSync(`${place.path}/log`, 'utf8').split('\n');
  const start = `\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\+0000: ${process.pid}: `;
  assert.match(lines[0] ?? '', new RegExp(`^${start}info : libvirt version: 9\\.0\\.0, package: virtwired$`));
  assert.match(lines[1] ?? '', new RegExp(`^${start}info : hostname: .+$`));
  assert.match(lines[2] ?? '', new RegExp(`^${start}error : two\\\\nlines \\\\x1b\\[2J$`));
  assert.match(lines[3] ?? '', new RegExp(`^${start}warning : second$`));
  assert.equal(lines.length, 5);
});

test('a log file is for its owner alone, also one that was there before', () => {
  using place = directory();
  const file = `${place.path}/log`;
  writeFileSync(file, 'old\n', { mode: 0o644 });
  const log = new Log();

  log.configure({ level: LogLevel.Warning, filters: [], outputs: parseLogOutputs(`1:file:${file}`) });
  log.close();

  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(readFileSync(file, 'utf8'), 'old\n');
});

test('filters raise and lower the level of parts; outputs have a level of their own', () => {
  using place = directory();
  const log = new Log();
  log.configure({
    level: LogLevel.Warning,
    filters: parseLogFilters('1:rpc 4:dae*'),
    outputs: parseLogOutputs(`1:file:${place.path}/all 4:file:${place.path}/errors`),
  });

  log.debug('rpc', 'one');
  log.warning('daemon', 'hidden');
  log.warning('server', 'two');
  log.error('daemon', 'three');
  log.close();

  const texts = (name: string) =>
    readFileSync(`${place.path}/${name}`, 'utf8')
      .split('\n')
      .slice(2, -1)
      .map((line) => line.replace(/^.* : /, ''));
  assert.deepEqual(texts('all'), ['one', 'two', 'three']);
  assert.deepEqual(texts('errors'), ['three']);
});

test('settings that are read again go on in the same file, or in a new one of its name, without a second greeting', () => {
  using place = directory();
  const log = new Log();
  const outputs = parseLogOutputs(`1:file:${place.path}/log`);
  log.configure({ level: LogLevel.Warning, filters: [], outputs });
  log.error('daemon', 'one');
  renameSync(`${place.path}/log`, `${place.path}/log.1`);

  log.configure({ level: LogLevel.Warning, filters: [], outputs });
  log.error('daemon', 'two');
  log.close();

  assert.equal(readFileSync(`${place.path}/log.1`, 'utf8').split('\n').length, 4);
  assert.match(readFileSync(`${place.path}/log`, 'utf8'), /^[^\n]* : two\n$/);
});

test('wrong settings are refused in the words of libvirt', () => {
  const invalid = (message: string) => ({ code: ErrorCode.InvalidArg, message: `invalid argument: ${message}` });

  assert.throws(() => parseLogLevel(9), invalid("Failed to set logging priority, argument '9' is invalid"));
  assert.throws(() => parseLogFilters('9:foo'), invalid("Invalid priority '9' for filter '9:foo'"));
  assert.throws(() => parseLogFilters('1:a 3'), invalid("Malformed format for filter '3'"));
  assert.throws(() => parseLogFilters('1:'), invalid("Invalid match string ''"));
  assert.throws(() => parseLogOutputs('bogus'), invalid("Malformed format for log output 'bogus'"));
  assert.throws(() => parseLogOutputs('9:stderr'), invalid("Invalid log priority '9' for log output '9:stderr'"));
  assert.throws(() => parseLogOutputs('1:foo'), invalid("Invalid log destination 'foo' for log output '1:foo'"));
  assert.throws(
    () => parseLogOutputs('1:file'),
    invalid("Log output '1:file' does not meet the format requirements for destination type 'file'"),
  );
  for (const word of ['1:journald:x', '1:syslog', '1:syslog:a:b', '1:stderr:x', '1:file:/a:b']) {
    const type = word.split(':')[1];
    assert.throws(
      () => parseLogOutputs(word),
      invalid(`Log output '${word}' does not meet the format requirements for destination type '${type}'`),
    );
  }
});

test('a file that cannot be opened leaves the log as it was', () => {
  using place = directory();
  const log = new Log();
  log.configure({ level: LogLevel.Warning, filters: [], outputs: parseLogOutputs(`1:file:${place.path}/log`) });

  assert.throws(
    () => log.configure({ level: 1, filters: [], outputs: parseLogOutputs(`1:file:${place.path}/no/log`) }),
    {
      message: `failed to open ${place.path}/no/log: No such file or directory`,
    },
  );
  log.error('daemon', 'still here');
  log.close();

  assert.match(readFileSync(`${place.path}/log`, 'utf8'), /still here/);
});

test('the environment goes before the file, and --verbose shows information', () => {
  const { config } = loadConfig('log_level = 4\nlog_outputs = "2:stderr"\n', { path: 'x', listen: false });
  const settings = (verbose: boolean, env: Record<string, string>) =>
    logSettings(config, { verbose, file: null, journal: false, env });

  assert.equal(settings(false, {}).level, LogLevel.Error);
  assert.equal(settings(true, {}).level, LogLevel.Info);
  assert.equal(settings(true, { LIBVIRT_DEBUG: 'debug' }).level, LogLevel.Debug);
  assert.deepEqual(settings(false, { LIBVIRT_LOG_OUTPUTS: '1:file:/x' }).outputs, parseLogOutputs('1:file:/x'));
  assert.equal(logOutputsText(settings(false, {}).outputs), '2:stderr');
});

test('what is not set goes to the journal, a file or standard error, at the level of the log', () => {
  const { config } = loadConfig('log_level = 4\n', { path: 'x', listen: false });
  const usual = (file: string | null, journal: boolean, verbose = false) =>
    logOutputsText(logSettings(config, { verbose, file, journal, env: {} }).outputs);

  assert.equal(usual(null, false), '4:stderr');
  assert.equal(usual('/x', false), '4:file:/x');
  assert.equal(usual('/x', true), '4:journald');
  assert.equal(usual(null, true, true), '2:journald');
});

test('outputs are written as they are read, the later of two for one place', () => {
  const text = '1:journald 2:syslog:one 3:syslog:two 4:stderr';

  assert.equal(logOutputsText(parseLogOutputs(text)), text);
  assert.equal(logOutputsText(parseLogOutputs('1:journald 2:syslog:a 3:journald 4:syslog:a')), '3:journald 4:syslog:a');
});

test('control characters are made visible, other text stays', () => {
  assert.equal(escapeControls('a\tb\u009bc\u2028dé'), 'a\\x09b\\x9bc\\x2028dé');
});
