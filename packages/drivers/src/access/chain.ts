// Going on with answers in the tick they are known, and waiting only for those that are promised.
import type { Answer } from '@virtwire/rpc';

/** Gives `value` to `next`, in the same tick unless it is a promise. */
export function chain<T, R>(value: Answer<T>, next: (value: T) => Answer<R>): Answer<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Does something for each item, one after the other, and gives the results. */
export function eachInTurn<T, R>(items: readonly T[], act: (item: T) => Answer<R>): Answer<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at++) {
    const result = act(items[at] as T);
    if (result instanceof Promise) return rest(items, act, results, at, result);
    results.push(result);
  }
  return results;
}

async function rest<T, R>(
  items: readonly T[],
  act: (item: T) => Answer<R>,
  results: R[],
  at: number,
  pending: Promise<R>,
): Promise<R[]> {
  results.push(await pending);
  for (const item of items.slice(at + 1)) results.push(await act(item));
  return results;
}

/** Does something for all items; what has to wait waits together. */
export function eachAtOnce<T, R>(items: readonly T[], act: (item: T) => Answer<R>): Answer<R[]> {
  const results = items.map(act);
  return results.some((result) => result instanceof Promise) ? Promise.all(results) : (results as R[]);
}

/** Runs `next`, and `recover` with what it throws or rejects with. */
export function attempt<R>(next: () => Answer<R>, recover: (error: unknown) => Answer<R>): Answer<R> {
  try {
    const result = next();
    return result instanceof Promise ? result.catch(recover) : result;
  } catch (error) {
    return recover(error);
  }
}
