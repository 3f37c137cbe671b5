// Goes on with an answer at once when it is known, later when it is promised.
import type { Answer } from '@virtwire/rpc';

/** Gives `value` to `next`, in the same tick unless it is a promise. */
export function chain<T, R>(value: Answer<T>, next: (value: T) => Answer<R>): Answer<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
