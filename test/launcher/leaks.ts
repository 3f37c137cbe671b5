// Leak checks: what a test or a daemon holds open must be back where it was at the start.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Notes what keeps this process alive; disposing fails the test when sockets, listeners, timers or processes are left over.
 *
 * What is closing needs a moment, so the check waits up to two seconds.
 */
export function noLeaks(): AsyncDisposable {
  const before = resources();
  return {
    async [Symbol.asyncDispose]() {
      await settles(() => moreThan(before, resources()).length === 0);
      assert.deepEqual(moreThan(before, resources()), [], 'still open after the test');
    },
  };
}

/** Number of open file descriptors of a process. */
export async function descriptorsOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** Waits until a condition holds, for at most `timeoutMs` (2 s). @returns whether it did */
export async function settles(condition: () => boolean | Promise<boolean>, timeoutMs = 2000): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await delay(10);
  }
  return true;
}

function resources(): string[] {
  // The test runner's own pipes and the immediate of this very check are no leaks.
  return process.getActiveResourcesInfo().filter((name) => name !== 'Immediate' && name !== 'FSReqPromise');
}

function moreThan(before: readonly string[], after: readonly string[]): string[] {
  const left = [...before];
  return after.filter((name) => {
    const at = left.indexOf(name);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
