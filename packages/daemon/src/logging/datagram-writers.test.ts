import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { datagramReceiver, noReceiver } from '../testing/datagram-receiver.ts';
import { codePlace } from './code-place.ts';
import { journaldWriter } from './journald-writer.ts';
import type { LogRecord } from './record.ts';
import { syslogWriter } from './syslog-writer.ts';

function directory(): Disposable & { path: string } {
  const path = mkdtempSync(`${tmpdir()}/virtwire-datagram-`);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function record(text: string, rest: Partial<LogRecord> = {}): LogRecord {
  return { level: 3, part: 'rpc', text, time: new Date(2026, 10, 5, 2, 37, 20), place: () => null, ...rest };
}

suite('the journal', { skip: noReceiver }, () => {
  test('gets the fields of libvirtd, lines of several lines with their length in front', async () => {
    using place = directory();
    await using receiver = await datagramReceiver(`${place.path}/socket`);
    receiver.start();
    const writer = journaldWriter(`${place.path}/socket`);

    writer.write(record('hé', { place: () => ({ file: '/a.ts', line: 7, function: 'run' }) }));
    writer.write(record('one\ntwo\u001b[2J', { level: 4 }));
    const [first, second] = [await receiver.next(), await receiver.next()];
    writer.close();

    const middle = 'SYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=virtwired\nLIBVIRT_SOURCE=rpc\n';
    assert.equal(
      Buffer.from(first.bytes, 'latin1').toString(),
      `MESSAGE=hé\nPRIORITY=4\n${middle}CODE_FILE=/a.ts\nCODE_LINE=7\nCODE_FUNC=run\n`,
    );
    const text = 'one\ntwo\\x1b[2J';
    assert.equal(
      second.bytes,
      `MESSAGE\n${String.fromCharCode(text.length)}${'\0'.repeat(7)}${text}\nPRIORITY=3\n${middle}`,
    );
  });

  test('gets a line that is too long for a datagram as a sealed file', async () => {
    using place = directory();
    await using receiver = await datagramReceiver(`${place.path}/socket`);
    receiver.start();
    const writer = journaldWriter(`${place.path}/socket`);
    const text = 'x'.repeat(4_000_000);

    writer.write(record(text));
    const { bytes, file, seals } = await receiver.next();
    writer.close();

    assert.equal(bytes, '');
    assert.ok(file?.startsWith(`MESSAGE=${text}\nPRIORITY=4\n`));
    assert.equal(seals, 15);
  });
});

suite('syslog', { skip: noReceiver }, () => {
  test('gets lines as the C library sends those of libvirtd', async () => {
    using place = directory();
    await using receiver = await datagramReceiver(`${place.path}/log`);
    receiver.start();
    const writer = syslogWriter('my ident', `${place.path}/log`);

    for (const level of [1, 2, 3, 4] as const) writer.write(record('two\nlines', { level }));
    const got = [await receiver.next(), await receiver.next(), await receiver.next(), await receiver.next()];
    writer.close();

    const names = [
      [31, 'debug'],
      [30, 'info'],
      [28, 'warning'],
      [27, 'error'],
    ];
    assert.deepEqual(
      got.map(({ bytes }) => bytes),
      names.map(([priority, name]) => `<${priority}>Nov  5 02:37:20 my ident: ${process.pid}: ${name} : two\\nlines\n`),
    );
  });

  test('gets the beginning of a line that is too long for a datagram', async () => {
    using place = directory();
    await using receiver = await datagramReceiver(`${place.path}/log`);
    receiver.start();
    const writer = syslogWriter('x', `${place.path}/log`);

    writer.write(record('x'.repeat(4_000_000)));
    const { bytes } = await receiver.next();
    writer.close();

    assert.match(bytes, /^<28>.*x{8000}x* \[cut\]\n$/);
  });

  test('that is not there, or does not read, is told by an error at once', async () => {
    using place = directory();
    const path = `${place.path}/log`;
    const writer = syslogWriter('x', path);
    assert.throws(() => writer.write(record('lost')), { code: 'ENOENT' });
    await using receiver = await datagramReceiver(path);
    let sent = 0;

    assert.throws(
      () => {
        for (; sent < 10_000; sent++) writer.write(record(`line ${sent}`));
      },
      { code: 'EAGAIN' },
    );
    receiver.start();
    for (let each = 0; each < sent; each++)
      assert.match((await receiver.next()).bytes, new RegExp(`: line ${each}\\n$`));
    writer.write(record('read again'));
    const { bytes } = await receiver.next();
    writer.close();

    assert.match(bytes, /read again/);
  });
});

test('lost lines are counted, told in the log when it takes lines again, and on standard error once', {
  skip: noReceiver || (process.getuid?.() === 0 ? false : 'needs root for a /dev of its own'),
}, async () => {
  using place = directory();
  await using receiver = await datagramReceiver(`${place.path}/log`);
  receiver.start();
  const modules = ['../log.ts', './syntax.ts'].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  // The path of syslog is the system's: a namespace of its own gives the test one.
  const script = `
    const [{ Log }, { parseLogOutputs }] = await Promise.all(process.argv.slice(1).map((name) => import(name)));
    const { renameSync } = await import('node:fs');
    const log = new Log();
    log.configure({ level: 3, filters: [], outputs: parseLogOutputs('3:syslog:me') });
    renameSync('/dev/log', '/dev/away');
    log.error('daemon', 'one');
    log.error('daemon', 'two');
    renameSync('/dev/away', '/dev/log');
    log.error('daemon', 'three');
    renameSync('/dev/log', '/dev/away');
    log.error('daemon', 'four');
    log.close();
  `;
  const command = [process.execPath, '--conditions=source', '--input-type=module', '-e', script, ...modules];
  const { stderr, status } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', 'mount -t tmpfs none /dev && ln -s "$0" /dev/log && exec "$@"', `${place.path}/log`, ...command],
    { encoding: 'utf8' },
  );
  const lines: string[] = [];
  if (status === 0)
    for (let each = 0; each < 2; each++) lines.push((await receiver.next()).bytes.replace(/^.*\d+: /, ''));

  assert.equal(status, 0, stderr);
  assert.equal(
    stderr,
    'virtwired: the log cannot be written to 3:syslog:me: No such file or directory\n' +
      'virtwired: 1 lines of the log could not be written to 3:syslog:me\n',
  );
  // The two lines that say who writes were lost, too.
  assert.deepEqual(lines, ['warning : 4 lines of the log could not be written\n', 'error : three\n']);
});

test('the place of a line is that of who asked, counted in calls', () => {
  const inner = () => codePlace(1);
  function outer() {
    return inner();
  }

  assert.equal(codePlace(0)?.file, fileURLToPath(import.meta.url));
  assert.equal(outer()?.function, 'outer');
  assert.equal(codePlace(500), null);
});
