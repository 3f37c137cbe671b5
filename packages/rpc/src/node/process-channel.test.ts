// Tests of the channel over a program: bytes both ways, what it says when it fails, how it ends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Channel } from '../channel.ts';
import { ErrorCode, ErrorDomain } from '../error-codes.ts';
import { LibvirtError } from '../error.ts';
import { MAX_STDERR_BYTES, processChannel, type ProcessEnd } from './process-channel.ts';

const node = (script: string, env: Record<string, string> = {}) =>
  processChannel({ program: process.execPath, args: ['-e', script], env: { PATH: process.env['PATH'], ...env } });

const shell = (script: string) =>
  processChannel({ program: 'sh', args: ['-c', script], env: { PATH: process.env['PATH'] } });

/** Collects until the end. */
function collect(channel: Channel, wanted = Number.POSITIVE_INFINITY) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return new Promise<{ bytes: Buffer; reason: LibvirtError | null }>((resolve) => {
    channel.open({
      data: (chunk) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= wanted) channel.close();
      },
      drain: () => {},
      end: (reason) => resolve({ bytes: Buffer.concat(chunks), reason }),
    });
  });
}

test('bytes go to the program and come back, and closing ends it in order', async () => {
  const channel = await shell('cat');
  const sent = Buffer.alloc(3_000_000, 'libvirt');

  channel.writeBoth(sent.subarray(0, 10), sent.subarray(10, 20));
  channel.write(sent.subarray(20));
  const { bytes, reason } = await collect(channel, sent.length);

  assert.ok(bytes.equals(sent));
  assert.equal(reason, null);
});

test('what is kept is announced when it has left', async () => {
  const channel = await shell('cat > /dev/null; echo done');
  const drained = new Promise<void>((resolve) => channel.open({ data: () => {}, drain: resolve, end: () => {} }));

  const left = channel.write(new Uint8Array(8_000_000));
  await drained;

  assert.equal(left, false);
  assert.equal(channel.pendingBytes, 0);
  channel.close();
});

test('a program that ends is explained by what it said', async () => {
  const channel = await shell('read line; echo "some\u001b[31m trouble" >&2; exit 3');
  const ended = collect(channel);

  channel.write(Buffer.from('hello\n'));
  const { reason } = await ended;

  assert.equal(reason?.message, 'End of file while reading data: some?[31m trouble: Input/output error');
  assert.equal(reason?.code, ErrorCode.SystemError);
  assert.equal(reason?.domain, ErrorDomain.Rpc);
  assert.ok(reason);
  const { exitCode, stderr } = reason.cause as ProcessEnd;
  assert.deepEqual({ exitCode, stderr }, { exitCode: 3, stderr: 'some?[31m trouble' });
});

test('the error says whether a silent program has read its input, where the exit code tells', async () => {
  const channel = await processChannel({
    program: 'sh',
    args: ['-c', 'echo cannot reach it >&2; exit 255'],
    env: { PATH: process.env['PATH'] },
    leavesUnread: (code) => code === 255,
  });

  const { reason } = await collect(channel);

  assert.equal(reason?.message, 'Cannot recv data: cannot reach it: Connection reset by peer');
});

test('all that a program wrote before its end is delivered', async () => {
  const channel = await node('process.stdout.write(Buffer.alloc(1_000_000)); process.stderr.write("bye")');

  const { bytes, reason } = await collect(channel);

  assert.equal(bytes.length, 1_000_000);
  assert.match(reason?.message ?? '', /: bye: /);
});

test('only the end of much standard error is kept', async () => {
  const channel = await shell('yes trouble | head -c 500000 >&2; echo last >&2');

  const { reason } = await collect(channel);

  assert.ok(reason);
  const { stderr } = reason.cause as ProcessEnd;
  assert.ok(stderr.endsWith('trouble\nlast'));
  assert.ok(stderr.length <= MAX_STDERR_BYTES);
});

test('a program that left a child with its pipes behind does not hold up the end', async () => {
  const channel = await shell('sleep 30 > /dev/null & echo $!; echo over >&2; kill -9 $$');

  const { bytes, reason } = await collect(channel);

  process.kill(Number(bytes.toString()), 'SIGKILL');
  assert.match(reason?.message ?? '', /over/);
});

test('a program that does not want to end is made to', async () => {
  const channel = await shell('trap "" TERM; echo $$; while :; do sleep 0.05; done');
  const pid = await new Promise<number>((resolve) =>
    channel.open({ data: (chunk) => resolve(Number(Buffer.from(chunk).toString())), drain: () => {}, end: () => {} }),
  );

  const ended = new Promise<LibvirtError | null>((resolve) =>
    channel.open({ data: () => {}, drain: () => {}, end: resolve }),
  );
  const reason = new LibvirtError(ErrorCode.Rpc, 'enough');
  channel.destroy(reason);

  assert.equal(await ended, reason);
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

for (const [program, message] of [
  ['surely-not-there', "Cannot find 'surely-not-there' in path: No such file or directory"],
  ['', "Cannot find '' in path: No such file or directory"],
  [
    '/surely/not/there',
    'Cannot recv data: libvirt:  error : cannot execute binary /surely/not/there: No such file or directory: Connection reset by peer',
  ],
  [
    '/etc/passwd',
    'Cannot recv data: libvirt:  error : cannot execute binary /etc/passwd: Permission denied: Connection reset by peer',
  ],
] as const) {
  test(`the program '${program}' cannot be started, in libvirt's words`, async () => {
    await assert.rejects(processChannel({ program, args: [], env: { PATH: process.env['PATH'] } }), {
      message,
      code: ErrorCode.SystemError,
    });
  });
}

test('the program gets the given environment and nothing else', async () => {
  const channel = await node('process.stdout.write(Object.keys(process.env).sort().join())', { LC_ALL: 'C' });

  const { bytes } = await collect(channel);

  assert.equal(bytes.toString(), 'LC_ALL,PATH');
});

test('reading stops while the channel is paused', async () => {
  const channel = await shell('echo one; read line; echo two');
  const got: string[] = [];
  const heard = new EventTarget();
  channel.open({
    data: (chunk) => {
      got.push(Buffer.from(chunk).toString());
      channel.pause();
      heard.dispatchEvent(new Event('data'));
    },
    drain: () => {},
    end: () => {},
  });
  await once(heard, 'data');

  channel.resume();
  channel.write(Buffer.from('\n'));
  await once(heard, 'data');

  assert.deepEqual(got, ['one\n', 'two\n']);
  channel.close();
});

test('nothing is started when it was given up before', async () => {
  const reason = new Error('enough');

  await assert.rejects(processChannel({ program: 'sh', args: [], env: {} }, AbortSignal.abort(reason)), reason);
});
