import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Identity, remote } from '@virtwire/protocol';
import { ErrorCode } from '@virtwire/rpc';
import { memoryServer } from '../testing/memory-server.ts';
import { polkitSubject } from './polkit.ts';
import { type PolkitAnswer, type PolkitAuthority, type PolkitQuestion, systemPolkit } from './polkit-authority.ts';

const identity: Identity = { pid: 4711, uid: 1000, gid: 1000, startTime: 99n, address: 'unix' };
const no: PolkitAnswer = { authorized: false, challenge: false, dismissed: false };

/** An authority that gives one answer, and what it was asked. */
function authority(answer: PolkitAnswer): PolkitAuthority & { readonly questions: PolkitQuestion[] } {
  const questions: PolkitQuestion[] = [];
  return {
    questions,
    check: async (question) => {
      questions.push(question);
      return answer;
    },
    close: () => undefined,
  };
}

test('asks for the action of the socket, about process, start time and user, and lets the client in', async () => {
  for (const [readOnly, action] of [
    [false, 'org.libvirt.unix.manage'],
    [true, 'org.libvirt.unix.monitor'],
  ] as const) {
    const polkit = authority({ ...no, authorized: true });
    const made = memoryServer({ polkit });
    const caller = made.caller({ auth: 'polkit', readOnly }, identity);

    await assert.rejects(caller.call(remote.connectOpen, { name: 'fake:///', flags: 0 }), {
      code: ErrorCode.Rpc,
      message: 'authentication required',
    });
    assert.deepEqual(await caller.call(remote.authList, {}), { types: [2] });
    assert.deepEqual(await caller.call(remote.authPolkit, {}), { complete: 1 });
    await caller.call(remote.connectOpen, { name: 'fake:///', flags: 0 });

    const [question] = polkit.questions;
    assert.equal(question?.action, action);
    assert.deepEqual(question?.subject, { pid: 4711, startTime: 99n, uid: 1000 });
    assert.equal(question?.interactive, true);
    await caller.close();
  }
});

test('each refusal has its code and text, and the client stays outside', async () => {
  const cases: readonly (readonly [PolkitAnswer, number, string])[] = [
    [no, ErrorCode.AuthFailed, 'authentication failed: access denied by policy'],
    [
      { ...no, challenge: true },
      ErrorCode.AuthUnavailable,
      "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
    ],
    [
      { ...no, challenge: true, dismissed: true },
      ErrorCode.AuthCancelled,
      'authentication cancelled: user cancelled authentication process',
    ],
  ];
  for (const [answer, code, message] of cases) {
    const made = memoryServer({ polkit: authority(answer) });
    const caller = made.caller({ auth: 'polkit' }, identity);

    await assert.rejects(caller.call(remote.authPolkit, {}), { code, message });
    await assert.rejects(caller.call(remote.connectGetHostname, {}), { message: 'authentication required' });
    assert.ok(made.lines.some((line) => line.includes('org.libvirt.unix.manage for process 4711 of user 1000')));
    await caller.close();
  }
});

test('the superuser is not asked for; nobody else gets in without polkit', async () => {
  const polkit = authority(no);
  const root = memoryServer({ polkit }).caller({ auth: 'polkit' }, { ...identity, uid: 0 });
  const unknown = memoryServer({ polkit }).caller({ auth: 'polkit' });
  const alone = memoryServer().caller({ auth: 'polkit' }, identity);

  assert.deepEqual(await root.call(remote.authList, {}), { types: [0] });
  await root.call(remote.connectOpen, { name: 'fake:///', flags: 0 });
  await assert.rejects(unknown.call(remote.authPolkit, {}), { message: 'internal error: No process ID available' });
  await assert.rejects(alone.call(remote.authPolkit, {}), { code: ErrorCode.AuthFailed });
  assert.equal(polkit.questions.length, 0);
  for (const caller of [root, unknown, alone]) await caller.close();
});

// CVE-2013-4311: a process id alone may belong to another process by the time that polkit looks.
test('a process without start time is refused before polkit is asked', async () => {
  const polkit = authority({ ...no, authorized: true });
  for (const startTime of [0n, -1n]) {
    const caller = memoryServer({ polkit }).caller({ auth: 'polkit' }, { ...identity, startTime });
    await assert.rejects(caller.call(remote.authPolkit, {}), {
      message: 'internal error: No process start time available',
    });
    await caller.close();
  }
  assert.throws(() => polkitSubject({ pid: 5, uid: 1 }), { code: ErrorCode.InternalError });
  assert.throws(() => polkitSubject({ pid: 0, uid: 1, startTime: 5n }), { code: ErrorCode.InternalError });
  assert.throws(() => polkitSubject({ pid: 5, startTime: 5n }), { code: ErrorCode.InternalError });
  assert.equal(polkit.questions.length, 0);
});

test('the question is withdrawn when the client goes away', async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: withdrawn, resolve: withdraw } = Promise.withResolvers<void>();
  const polkit: PolkitAuthority = {
    check: ({ signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          withdraw();
          reject(signal.reason as Error);
        });
        ask();
      }),
    close: () => undefined,
  };
  const made = memoryServer({ polkit });
  const caller = made.caller({ auth: 'polkit' }, identity);
  const call = caller.call(remote.authPolkit, {});
  call.catch(() => undefined);
  await asked;

  await caller.close();

  await withdrawn;
  await assert.rejects(call);
});

test('a client has one question at a time, whatever it sends', async () => {
  const answers: (() => void)[] = [];
  const polkit: PolkitAuthority = {
    check: () => new Promise((resolve) => answers.push(() => resolve({ ...no, authorized: true }))),
    close: () => undefined,
  };
  const caller = memoryServer({ polkit }).caller({ auth: 'polkit' }, identity);

  const calls = [1, 2, 3].map(() => caller.call(remote.authPolkit, {}));
  await nextTurn();
  assert.equal(answers.length, 1);
  answers[0]?.();

  assert.deepEqual(await Promise.all(calls), [{ complete: 1 }, { complete: 1 }, { complete: 1 }]);
  await caller.close();
});

test('without a bus the refusal says so in libvirt’s words', async () => {
  const polkit = systemPolkit('unix:path=/nonexistent/bus');

  await assert.rejects(polkit.check({ action: 'a', subject: polkitSubject(identity), interactive: false }), {
    message: 'internal error: Unable to get system bus connection: Could not connect: No such file or directory',
  });
  polkit.close();
});
