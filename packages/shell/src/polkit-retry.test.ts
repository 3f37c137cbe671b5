// When the shell opens again after a word of polkit's, and when it does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode, ErrorDomain, LibvirtError } from 'virtwire';
import { openWithPolkit } from './polkit-retry.ts';

const polkit = (code: number) => new LibvirtError(code, 'x', { domain: ErrorDomain.Polkit });

async function run(errors: readonly Error[], { readOnly = false, agent = true, asks = true } = {}) {
  const seen = { opened: 0, started: 0, stopped: 0, outcome: '' };
  const left = [...errors];
  seen.outcome = await openWithPolkit({
    readOnly,
    open: async (beforePolkit) => {
      seen.opened++;
      if (asks) await beforePolkit();
      const error = left.shift();
      if (error !== undefined) throw error;
      return 'open';
    },
    startAgent: async () => {
      seen.started++;
      return agent ? { stop: () => void seen.stopped++ } : null;
    },
  }).catch((error: Error) => error.message);
  return seen;
}

const unavailable = polkit(ErrorCode.AuthUnavailable);
const refused = polkit(ErrorCode.AuthFailed);

test('a daemon that does not ask polkit gets no agent', async () => {
  assert.deepEqual(await run([], { asks: false }), { opened: 1, started: 0, stopped: 0, outcome: 'open' });
});

test('an agent is started before polkit is asked, once, and stopped at the end', async () => {
  assert.deepEqual(await run([]), { opened: 1, started: 1, stopped: 1, outcome: 'open' });
  assert.deepEqual(await run([refused]), { opened: 2, started: 1, stopped: 1, outcome: 'open' });
  assert.deepEqual(await run([], { agent: false }), { opened: 1, started: 1, stopped: 0, outcome: 'open' });
});

test('a refusal is tried five times, on a read-only connection once', async () => {
  assert.equal((await run(Array.from({ length: 9 }, () => refused))).opened, 5);
  assert.equal((await run([refused, refused, refused, refused])).outcome, 'open');
  assert.equal((await run([refused], { readOnly: true })).opened, 1);
});

test('other errors, nobody to ask, and a dialog that was put away, are final', async () => {
  const other = new LibvirtError(ErrorCode.AuthFailed, 'x', { domain: ErrorDomain.Rpc });

  assert.equal((await run([other])).opened, 1);
  assert.equal((await run([unavailable])).opened, 1);
  assert.equal((await run([polkit(ErrorCode.AuthCancelled)])).opened, 1);
  assert.equal((await run([new Error('x')])).opened, 1);
});
