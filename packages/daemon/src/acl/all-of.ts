// Several policies at once: a call passes when each of them lets it.
import type { AccessDecision, AccessPolicy } from '@virtwire/drivers/access';
import type { Answer } from '@virtwire/rpc';

/** The policy when nobody asks for one. */
export const allowAll: AccessPolicy = {
  check: () => ({ allowed: true, rule: 'no access driver is configured' }),
  mayEver: () => true,
};

/** Joins policies; they are asked in order, up to the first that denies. @see virAccessDriverStack */
export function allOf(policies: readonly AccessPolicy[]): AccessPolicy {
  const [first, ...rest] = policies;
  if (first === undefined) return allowAll;
  if (rest.length === 0) return first;
  const others = allOf(rest);
  return {
    check: (request) =>
      next(first.check(request), (decision: AccessDecision) => {
        if (!decision.allowed) return decision;
        return next(others.check(request), (other) => ({
          allowed: other.allowed,
          rule: other.allowed ? `${decision.rule}; ${other.rule}` : other.rule,
        }));
      }),
    mayEver: (request) => next(first.mayEver(request), (may) => may && others.mayEver(request)),
  };
}

function next<T, R>(value: Answer<T>, then: (value: T) => Answer<R>): Answer<R> {
  return value instanceof Promise ? value.then(then) : then(value);
}
