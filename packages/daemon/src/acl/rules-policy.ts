// Access by rules of a file: the first rule that fits decides, and what no rule allows is denied.
import {
  type AccessDecision,
  type AccessKind,
  type AccessPolicy,
  type AccessRequest,
  searchPermissions,
} from '@virtwire/drivers/access';
import type { Identity } from '@virtwire/protocol';
import type { Answer } from '@virtwire/rpc';
import type { AccessRule } from './rules-file.ts';
import { ownName } from './who.ts';

/** What decided, and how. */
export interface RuleDecision extends AccessDecision {
  /** The rule, null when none fits. */
  readonly by: AccessRule | null;
}

/** A policy whose rules can be replaced while it is in use. */
export interface RulesPolicy extends AccessPolicy {
  check(request: AccessRequest): Answer<RuleDecision>;
  /** Decides by other rules from now on. */
  replace(rules: readonly AccessRule[]): void;
}

/**
 * Makes a policy of rules.
 *
 * Two things are granted besides. Whoever a rule allows something may open connections and list objects of the kinds that
 * it is about, unless a rule says otherwise: lists show only what he may see. And the superuser of this host, as well as
 * the user whom the daemon runs as, may do what no rule denies.
 *
 * @param ownUid the user whom the daemon runs as
 */
export function rulesPolicy(initial: readonly AccessRule[], ownUid: number | null): RulesPolicy {
  let rules = initial;
  let fitting = new WeakMap<Identity, readonly AccessRule[]>();

  // Who a client is does not change while it is connected: its rules are looked for once.
  function rulesFor(identity: Identity | undefined): readonly AccessRule[] {
    if (identity === undefined) return rules.filter(({ who }) => who.some((is) => is(undefined)));
    let own = fitting.get(identity);
    if (own === undefined) {
      own = rules.filter(({ who }) => who.some((is) => is(identity)));
      fitting.set(identity, own);
    }
    return own;
  }

  function withoutRule({ identity, object, permission }: AccessRequest): RuleDecision {
    if (object.kind === 'connect') {
      const implied = rulesFor(identity).find((rule) => rule.allows && implies(rule, permission));
      if (implied !== undefined) return { allowed: true, rule: `${ruleText(implied)}, implied`, by: implied };
    }
    const uid = identity?.uid;
    if (uid !== undefined && (uid === 0 || uid === ownUid)) {
      return { allowed: true, rule: 'built in: the superuser, or the user of the daemon', by: null };
    }
    return { allowed: false, rule: 'no rule allows it', by: null };
  }

  return {
    check(request) {
      const { identity, object, permission } = request;
      const wanted = `${object.kind}:${permission}`;
      const candidates = rulesFor(identity).filter((rule) => rule.permissions.has(wanted));
      const own = ownName(identity);
      for (let at = 0; at < candidates.length; at++) {
        const rule = candidates[at] as AccessRule;
        const fits = isAbout(rule, request, own);
        if (fits instanceof Promise) return decideLater(candidates, at, fits, request, own);
        if (fits) return decision(rule);
      }
      return withoutRule(request);
    },
    mayEver({ identity, kind, permission }) {
      const uid = identity?.uid;
      if (uid !== undefined && (uid === 0 || uid === ownUid)) return true;
      return rulesFor(identity).some(
        (rule) => rule.allows && rule.permissions.has(`${kind}:${permission}`) && mentions(rule, kind),
      );
    },
    replace(next) {
      rules = next;
      fitting = new WeakMap();
    },
  };

  async function decideLater(
    candidates: readonly AccessRule[],
    from: number,
    pending: Promise<boolean>,
    request: AccessRequest,
    own: string | null,
  ): Promise<RuleDecision> {
    if (await pending) return decision(candidates[from] as AccessRule);
    for (const rule of candidates.slice(from + 1)) {
      if (await isAbout(rule, request, own)) return decision(rule);
    }
    return withoutRule(request);
  }
}

function isAbout(rule: AccessRule, { object }: AccessRequest, own: string | null): Answer<boolean> {
  const { objects } = rule;
  for (let at = 0; at < objects.length; at++) {
    const pattern = objects[at];
    if (pattern === undefined || (pattern.kind !== null && pattern.kind !== object.kind)) continue;
    const fits = pattern.matches(object, own);
    if (fits instanceof Promise) {
      const rest: AccessRule = { ...rule, objects: objects.slice(at + 1) };
      return fits.then((found) => found || isAbout(rest, { object } as AccessRequest, own));
    }
    if (fits) return true;
  }
  return false;
}

function implies(rule: AccessRule, permission: string): boolean {
  if (permission === 'getattr') return true;
  return (Object.entries(searchPermissions) as [AccessKind, string][]).some(
    ([kind, search]) => search === permission && mentions(rule, kind),
  );
}

function mentions(rule: AccessRule, kind: AccessKind): boolean {
  return rule.objects.some((pattern) => pattern.kind === null || pattern.kind === kind);
}

function decision(rule: AccessRule): RuleDecision {
  return { allowed: rule.allows, rule: ruleText(rule), by: rule };
}

/** A rule in a few words: its place, and its name. */
export function ruleText({ place, name }: AccessRule): string {
  return name === null ? place : `${place} (${name})`;
}
