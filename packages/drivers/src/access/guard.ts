// Access control in front of a driver: every call, list and event passes the policy, by the columns of the procedures.
import type { CallContext, Driver, EventFilter, EventType, Unsubscribe } from '@virtwire/protocol';
import {
  type Answer,
  ErrorCode,
  ErrorDomain,
  type LibvirtError,
  LibvirtError as Failure,
  type Procedure,
  toLibvirtError,
} from '@virtwire/rpc';
import { type Acl, aclOf, type AclRule } from './acl-column.ts';
import { attempt, chain, eachInTurn } from './chain.ts';
import { EventSieve, eventSubjects } from './events.ts';
import { listCalls } from './lists.ts';
import { connection, objectOf, type ObjectFinder } from './objects.ts';
import { searchPermissions } from './permissions.ts';
import type {
  AccessCall,
  AccessDecision,
  AccessKind,
  AccessObject,
  AccessObserver,
  AccessPolicy,
  AccessPurpose,
  AccessRequest,
} from './policy.ts';
import { documentsOf, kindOf, type Subject, subjectForm, subjectOf, type Values } from './subject.ts';

/** How to guard a driver. */
export interface GuardOptions {
  readonly policy: AccessPolicy;
  /** Name of the driver for a kind of object, see {@link driverNames}. */
  driver(kind: AccessKind): string;
  /** Told of denials and of calls that change something. */
  readonly observer?: AccessObserver;
  /** Told when events came faster than the policy decided, and one would have been lost. */
  onEventOverflow?(): void;
}

/** A driver behind access control. */
export interface GuardedDriver extends Driver {
  /**
   * Checks a call that somebody else answers, e.g. the daemon itself.
   *
   * @throws LibvirtError `AccessDenied`
   */
  permit(procedure: Procedure, args: Values, context: CallContext): Answer<void>;
}

/**
 * Documents longer than this are looked at only for clients that may write to the connection: whoever may define
 * something may have rights on one small object only, and is not to fill the memory.
 */
export const MAX_DOCUMENT_CHARACTERS = 1_048_576;

/** Puts access control in front of a driver. An answer that is known at once stays so if the policy knows at once. */
export function guard(driver: Driver, options: GuardOptions): GuardedDriver {
  return new Guard(driver, options);
}

/**
 * Checks that somebody may open a connection.
 *
 * @throws LibvirtError `AccessDenied`
 */
export function permitOpen(procedure: Procedure, options: GuardOptions, context: CallContext): Answer<void> {
  // Nothing is asked of the driver for the connection itself.
  return new Guard(nothing, options).permit(procedure, {}, context);
}

const nothing: Driver = {
  call: () => {
    throw new Failure(ErrorCode.InternalError, 'no driver is open');
  },
  subscribe: () => () => undefined,
  close: () => undefined,
};

class Guard implements GuardedDriver {
  private readonly driver: Driver;
  private readonly options: GuardOptions;
  readonly onLost?: (listener: (reason: Error) => void) => void;

  constructor(driver: Driver, options: GuardOptions) {
    this.driver = driver;
    this.options = options;
    if (driver.onLost !== undefined) this.onLost = driver.onLost.bind(driver);
  }

  call<A, R>(procedure: Procedure<A, R>, args: A, context: CallContext): Answer<R> {
    const values = args as Values;
    const acl = aclOf(procedure);
    if (acl === null) throw this.denied('connect');
    const rules = acl.rules.filter((rule) => rule.applies(values));
    const check = new Check(this.options, procedure, context);
    return chain(check.all(rules, 'connect', [connection]), () =>
      chain(this.aboutObjects(check, acl, rules, values), ({ args: trusted, inAnswer }) =>
        check.changes()
          ? this.observed(check.toCall(), () => this.answer(check, acl, trusted, inAnswer))
          : this.answer(check, acl, trusted, inAnswer),
      ),
    ) as Answer<R>;
  }

  permit(procedure: Procedure, args: Values, context: CallContext): Answer<void> {
    const acl = aclOf(procedure);
    if (acl === null) throw this.denied('connect');
    const rules = acl.rules.filter((rule) => rule.kind === 'connect' && rule.applies(args));
    return new Check(this.options, procedure, context).all(rules, 'connect', [connection]);
  }

  subscribe<T>(
    type: EventType<T>,
    filter: EventFilter | null,
    listener: (payload: T) => void,
    context: CallContext,
  ): Answer<Unsubscribe> {
    const { kind, field } = eventSubjects[type.object];
    const needed = [searchPermissions[kind] as string, ...(type.object === 'monitor' ? ['write'] : [])];
    const check = new Check(this.options, null, context);
    const finder: ObjectFinder = { driver: this.driver, context: withoutStream(context) };
    return chain(
      eachInTurn(needed, (permission) => check.one(connection, permission)),
      () => {
        const sieve = new EventSieve<T>({
          sees: (object) => check.sees(object, 'getattr', 'event'),
          objectFor: (payload) => objectOf(finder, kind, (payload as Values)[field]),
          deliver: listener,
          overflow: () => this.options.onEventOverflow?.(),
        });
        return chain(
          this.driver.subscribe(type, filter, (payload) => sieve.take(payload), context),
          (unsubscribe) => () => {
            sieve.stop();
            unsubscribe();
          },
        );
      },
    );
  }

  close(): void | Promise<void> {
    return this.driver.close();
  }

  // Finds the objects of a call, and checks what it needs on them.
  private aboutObjects(check: Check, acl: Acl, rules: readonly AclRule[], args: Values): Answer<Subject> {
    const kind = kindOf(acl.rules);
    const { procedure, context } = check;
    if (kind === null || procedure === null) return { objects: [], args };
    const finder: ObjectFinder = { driver: this.driver, context: withoutStream(context) };
    const form = subjectForm(procedure, kind);
    const looksInside = form === 'document' || form === 'file' || form === 'migration';
    return chain(looksInside ? check.beforeDocuments(rules, kind, args) : undefined, () =>
      chain(subjectOf(finder, procedure, kind, args), (subject) => {
        const { inAnswer } = subject;
        return chain(check.all(rules, kind, subject.objects), () =>
          chain(
            eachInTurn(subject.also ?? [], ({ object, permission }) => check.one(object, permission)),
            () =>
              inAnswer === undefined
                ? subject
                : {
                    ...subject,
                    // Handed on as it is: what comes out of the driver is checked before anybody has it.
                    inAnswer: (answer: Values) =>
                      chain(inAnswer(answer), (object) => chain(check.all(rules, kind, [object]), () => object)),
                  },
          ),
        );
      }),
    );
  }

  private answer(check: Check, acl: Acl, args: Values, inAnswer: Subject['inAnswer']): Answer<Values> {
    const procedure = check.procedure as Procedure;
    const list = acl.filter === null ? undefined : listCalls.get(procedure.name);
    if (acl.filter !== null && list === undefined) throw this.denied('connect');
    const { context } = check;
    if (list !== undefined) {
      const { permission } = acl.filter as AclRule;
      const finder: ObjectFinder = { driver: this.driver, context: withoutStream(context) };
      return list(finder, args, (object) => check.sees(object, permission, 'list'));
    }
    const answer = this.driver.call(procedure as Procedure<Values, Values>, args, context);
    return inAnswer === undefined ? answer : chain(answer, (values) => chain(inAnswer(values), () => values));
  }

  private observed(call: AccessCall, make: () => Answer<Values>): Answer<Values> {
    const { observer } = this.options;
    if (observer === undefined) return make();
    observer.starting(call);
    return attempt(
      () =>
        chain(make(), (values) => {
          observer.finished(call, null);
          return values;
        }),
      (error) => {
        observer.finished(call, toLibvirtError(error));
        throw error;
      },
    );
  }

  private denied(kind: AccessKind): LibvirtError {
    return accessDenied(this.options.driver(kind));
  }
}

/** The checks of one call. */
class Check {
  readonly procedure: Procedure | null;
  readonly context: CallContext;
  private readonly options: GuardOptions;
  private readonly objects: AccessObject[] = [];
  private readonly decisions: { permission: string; decision: AccessDecision }[] = [];

  constructor(options: GuardOptions, procedure: Procedure | null, context: CallContext) {
    this.options = options;
    this.procedure = procedure;
    this.context = context;
  }

  changes(): boolean {
    return this.options.observer !== undefined && this.procedure?.needsWrite === 'always';
  }

  /** Checks the rules on one kind of object for each of the objects. @throws LibvirtError `AccessDenied` */
  all(rules: readonly AclRule[], kind: AccessKind, objects: readonly AccessObject[]): Answer<void> {
    const own = rules.filter((rule) => rule.kind === kind);
    if (own.length === 0) return undefined;
    if (kind !== 'connect' && this.options.observer !== undefined) this.objects.push(...objects);
    const questions = objects.flatMap((object) => own.map(({ permission }) => ({ object, permission })));
    return chain(
      eachInTurn(questions, ({ object, permission }) => this.one(object, permission)),
      () => undefined,
    );
  }

  /** Checks one permission. @throws LibvirtError `AccessDenied` */
  one(object: AccessObject, permission: string): Answer<void> {
    const request = this.request(object, permission, 'call');
    return chain(this.decide(request), (decision) => {
      if (decision.allowed) {
        if (this.options.observer !== undefined) {
          this.decisions.push({ permission: `${object.kind}:${permission}`, decision });
        }
        return;
      }
      if (this.procedure !== null) this.options.observer?.denied(this.procedure, request, decision);
      throw accessDenied(request.driver);
    });
  }

  /** Says whether an entry of a list or an event may be seen. */
  sees(object: AccessObject, permission: string, purpose: AccessPurpose): Answer<boolean> {
    return chain(this.decide(this.request(object, permission, purpose)), ({ allowed }) => allowed);
  }

  // Before a document or file is looked at: whether that can be of any use, and whether it is of decent size.
  beforeDocuments(rules: readonly AclRule[], kind: AccessKind, args: Values): Answer<void> {
    const { policy } = this.options;
    const driver = this.options.driver(kind);
    const { identity } = this.context;
    const own = rules.filter((rule) => rule.kind === kind);
    return chain(
      eachInTurn(own, ({ permission }) =>
        chain(
          attempt(
            () => policy.mayEver({ identity, driver, kind, permission }),
            () => false,
          ),
          (possible) => (possible ? undefined : this.one({ kind, name: '', uuid: '' }, permission)),
        ),
      ),
      () => {
        const long = documentsOf(args).some((text) => text.length > MAX_DOCUMENT_CHARACTERS);
        return long ? this.one(connection, 'write') : undefined;
      },
    );
  }

  toCall(): AccessCall {
    const { objects, decisions } = this;
    return {
      procedure: this.procedure as Procedure,
      identity: this.context.identity,
      driver: this.options.driver(objects[0]?.kind ?? 'connect'),
      objects,
      decisions,
    };
  }

  private decide(request: AccessRequest): Answer<AccessDecision> {
    return attempt(
      () => this.options.policy.check(request),
      (error) => ({ allowed: false, rule: `the policy failed: ${toLibvirtError(error).message}` }),
    );
  }

  private request(object: AccessObject, permission: string, purpose: AccessPurpose): AccessRequest {
    return { identity: this.context.identity, driver: this.options.driver(object.kind), object, permission, purpose };
  }
}

function withoutStream({ signal, identity }: CallContext): CallContext {
  return { ...(signal === undefined ? {} : { signal }), ...(identity === undefined ? {} : { identity }) };
}

/** The refusal of libvirt, the same for every reason. @see virAccessManagerSanitizeError */
export function accessDenied(driver: string): LibvirtError {
  return new Failure(ErrorCode.AccessDenied, `'${driver}' denied access`, { domain: ErrorDomain.Access });
}
