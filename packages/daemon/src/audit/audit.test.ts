import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { AccessCall } from '@virtwire/drivers/access';
import { remote } from '@virtwire/protocol';
import { ErrorCode, LibvirtError, type Procedure } from '@virtwire/rpc';
import { auditCommand } from './audit-command.ts';
import { AuditLog } from './audit-log.ts';
import { auditObserver } from './audit-observer.ts';
import { CHAIN_START, readRecord } from './chain.ts';
import { verifyAuditLog } from './verify.ts';

function place(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'audit-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return join(directory, 'audit.log');
}

const linesOf = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');
const recordsOf = (path: string) => linesOf(path).map((line) => JSON.parse(line) as Record<string, unknown>);

/** Writes a log of so many records between the first and the last. */
function written(path: string, count: number): void {
  const log = new AuditLog(path);
  for (let number = 0; number < count; number++) log.add({ event: 'test', number });
  log.close();
}

async function verify(...files: string[]): Promise<{ code: number; output: string; error: string }> {
  let output = '';
  let error = '';
  const code = await auditCommand(['verify', ...files], {
    output: { write: (text) => (output += text) },
    error: { write: (text) => (error += text) },
  });
  return { code, output, error };
}

suite('the chain', () => {
  test('a record that the disk had no room for leaves nothing behind, and the chain goes on', async (t) => {
    const path = place(t);
    // A limit for files, in place of a disk that is full: what fits of a record is written, the rest is refused.
    const script = `
      const { AuditLog } = await import(${JSON.stringify(new URL('audit-log.ts', import.meta.url).href)});
      const { spawnSync } = await import('node:child_process');
      const log = new AuditLog(${JSON.stringify(path)});
      let refused = 0;
      for (let number = 0; number < 20; number++) {
        try { log.add({ event: 'test', number }); } catch { refused++; }
      }
      spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited']);
      log.add({ event: 'test', refused });
      log.close();
      console.log(refused);
    `;
    const limited = `trap '' XFSZ; ulimit -S -f 4; exec "$0" --conditions=source --input-type=module -e "$1"`;
    const { stdout, stderr } = spawnSync('sh', ['-c', limited, process.execPath, script], { encoding: 'utf8' });

    assert.match(stdout, /^[1-9]/, stderr);
    const found = await verifyAuditLog(path);
    assert.deepEqual(found.faults, []);
    assert.equal(recordsOf(path).at(-2)?.['refused'], Number(stdout));
  });

  test('records follow each other, and the file is private', async (t) => {
    const path = place(t);
    written(path, 3);

    const found = await verifyAuditLog(path);

    assert.deepEqual(found.faults, []);
    assert.equal(found.records, 5);
    assert.equal(found.begins, CHAIN_START);
    assert.equal(found.last?.seq, 5);
    assert.deepEqual(
      recordsOf(path).map(({ event }) => event),
      ['opened', 'test', 'test', 'test', 'closed'],
    );
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('every change of a letter, every line left out, put in, doubled or moved is found', async (t) => {
    const path = place(t);
    written(path, 4);
    const text = readFileSync(path, 'utf8');
    const lines = linesOf(path);

    for (let at = 0; at < text.length; at += 7) {
      if (text[at] === '\n') continue;
      writeFileSync(path, `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`);
      assert.ok((await verifyAuditLog(path)).faults.length > 0, `letter ${at}`);
    }
    const changed: readonly (readonly string[])[] = [
      lines.toSpliced(2, 1),
      lines.toSpliced(2, 0, lines[2] as string),
      lines.toSpliced(1, 2, lines[2] as string, lines[1] as string),
      lines.toSpliced(3, 0, '{"seq":4}'),
      lines.toSpliced(3, 0, ''),
    ];
    for (const part of changed) {
      writeFileSync(path, `${part.join('\n')}\n`);
      assert.ok((await verifyAuditLog(path)).faults.length > 0, part.join('\n'));
    }
  });

  test('a log goes on where it ended, also in a new file after the old one was moved away', async (t) => {
    const path = place(t);
    written(path, 1);
    const log = new AuditLog(path);
    log.add({ event: 'test' });
    log.reopen();
    renameSync(path, `${path}.1`);
    log.add({ event: 'still in the old file' });
    log.reopen();
    log.add({ event: 'in the new file' });
    log.close();

    const both = await verify(`${path}.1`, path);
    const alone = await verify(path);

    assert.equal(both.code, 0, both.error);
    assert.match(
      alone.output,
      /: 3 records, none changed, continues a file that ended with [0-9a-f]{64}, last is number 9 /,
    );
    assert.equal((await verify(path, `${path}.1`)).code, 1);
  });

  test('a line that a dead daemon left half stays, and is told apart from a change', async (t) => {
    const path = place(t);
    written(path, 2);
    truncateSync(path, readFileSync(path).length - 20);
    written(path, 1);

    const whole = await verify(path);
    const lines = linesOf(path);
    writeFileSync(path, `${lines.with(3, '{"seq":4,"ti').join('\n')}\n`);
    const changed = await verify(path);

    assert.equal(whole.code, 0, whole.error);
    assert.match(whole.output, /1 lines cut off when a daemon was stopped/);
    assert.equal(changed.code, 1);
    assert.match(changed.error, /audit\.log:4: the line is no record, or it was changed\n/);
  });

  test('an end that is no record, another daemon, a link and a directory are refused', (t) => {
    const path = place(t);
    writeFileSync(path, 'something else\n');
    assert.throws(() => new AuditLog(path), /its end is not what this daemon has written/);
    rmSync(path);
    const log = new AuditLog(path);
    assert.throws(() => new AuditLog(path), /another daemon writes it/);
    log.close();
    symlinkSync(path, `${path}.link`);
    assert.throws(() => new AuditLog(`${path}.link`), { code: ErrorCode.SystemError });
    assert.throws(() => new AuditLog(join(path, '..')), { code: ErrorCode.SystemError });
  });

  test('long texts of clients are cut, and nothing breaks a line', async (t) => {
    const path = place(t);
    const log = new AuditLog(path);
    log.add({ event: 'test', name: 'x'.repeat(4_194_304), other: 'a\nb\u0000c\u2028\ud800', big: 7n });
    log.close();

    assert.deepEqual((await verifyAuditLog(path)).faults, []);
    assert.equal(linesOf(path).length, 3);
    assert.ok((linesOf(path)[1] as string).length < 3000);
  });

  test('only a record is read as one', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(typeof readRecord(text), 'string');
      }),
    );
  });
});

suite('what is written', () => {
  const call: AccessCall = {
    procedure: remote.domainDestroy as Procedure,
    identity: { uid: 1000, unixUser: 'alice', pid: 5, startTime: 9n, address: 'unix' },
    driver: 'TEST',
    objects: [{ kind: 'domain', name: 'db', uuid: 'u' }],
    decisions: [{ permission: 'domain:stop', decision: { allowed: true, rule: 'f:2' } }],
  };

  test('who, what, on which object, why and what came of it', (t) => {
    const path = place(t);
    const log = new AuditLog(path);
    const observer = auditObserver(log, () => assert.fail());
    observer.starting(call);
    observer.finished(call, null);
    observer.starting(call);
    observer.finished(call, new LibvirtError(ErrorCode.OperationInvalid, 'domain is not running'));
    const [object] = call.objects;
    observer.denied(
      call.procedure,
      {
        identity: { x509Name: 'CN=eve', address: '10.0.0.1:5' },
        driver: 'TEST',
        object: object as never,
        permission: 'stop',
        purpose: 'call',
      },
      { allowed: false, rule: 'no rule allows it' },
    );
    observer.readOnly(call.procedure, undefined);
    log.close();

    const who = { identity: { user: 'alice', uid: 1000, pid: 5 }, address: 'unix' };
    const objects = [{ kind: 'domain', name: 'db', uuid: 'u' }];
    const facts = recordsOf(path)
      .slice(1, -1)
      .map(({ seq: _seq, time: _time, prev: _prev, hash: _hash, ...rest }) => rest);
    assert.deepEqual(facts, [
      {
        event: 'allowed',
        call: 1,
        ...who,
        driver: 'TEST',
        procedure: 'domainDestroy',
        objects,
        decision: 'allow',
        rules: { 'domain:stop': 'f:2' },
      },
      { event: 'result', call: 1, ...who, procedure: 'domainDestroy', objects, result: 'ok' },
      {
        event: 'allowed',
        call: 2,
        ...who,
        driver: 'TEST',
        procedure: 'domainDestroy',
        objects,
        decision: 'allow',
        rules: { 'domain:stop': 'f:2' },
      },
      {
        event: 'result',
        call: 2,
        ...who,
        procedure: 'domainDestroy',
        objects,
        result: 'error',
        code: ErrorCode.OperationInvalid,
        error: 'Requested operation is not valid: domain is not running',
      },
      {
        event: 'denied',
        identity: { x509: 'CN=eve' },
        address: '10.0.0.1:5',
        driver: 'TEST',
        procedure: 'domainDestroy',
        permission: 'domain:stop',
        object: objects[0],
        decision: 'deny',
        rule: 'no rule allows it',
      },
      {
        event: 'denied',
        identity: {},
        address: null,
        procedure: 'domainDestroy',
        decision: 'deny',
        rule: 'the connection is read-only',
      },
    ]);
  });

  test('a log that cannot be written refuses changes, and says so', (t) => {
    const path = place(t);
    const log = new AuditLog(path);
    const failures: string[] = [];
    const observer = auditObserver(log, (text) => failures.push(text));
    log.add = () => {
      throw new Error('No space left on device');
    };

    assert.throws(() => observer.starting(call), { code: ErrorCode.InternalError });
    observer.readOnly(call.procedure, undefined);

    assert.deepEqual(failures, ['No space left on device', 'No space left on device']);
  });
});

suite('virtwired audit', () => {
  test('an empty file, a file that is not there, and a wrong command line', async (t) => {
    const path = place(t);
    assert.equal((await verify(path)).code, 2);
    appendFileSync(path, '');
    assert.deepEqual(await verify(path), { code: 0, output: `${path}: 0 records, none changed\n`, error: '' });
    assert.equal(await auditCommand(['check'], { output: { write: () => 0 }, error: { write: () => 0 } }), 2);
  });
});
