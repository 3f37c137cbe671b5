// Writes down what access control decides: every denial, and every call that changes something with what came of it.
import type { AccessCall, AccessObject, AccessObserver } from '@virtwire/drivers/access';
import type { Identity } from '@virtwire/protocol';
import { ErrorCode, LibvirtError, type Procedure } from '@virtwire/rpc';

/** Takes records, e.g. an audit log. */
export interface AuditSink {
  /** @throws LibvirtError when it cannot be written */
  add(fields: Readonly<Record<string, unknown>>): void;
}

/** Makes an observer. @param failed told when something could not be written; a call that changes something is refused then */
export function auditObserver(log: AuditSink, failed: (text: string) => void): AccessObserver {
  let number = 0;
  const numbers = new WeakMap<AccessCall, number>();
  // Nothing more can be refused than what is refused already.
  const addAnyway = (fields: Readonly<Record<string, unknown>>) => {
    try {
      log.add(fields);
    } catch (error) {
      failed((error as Error).message);
    }
  };
  return {
    denied(procedure, { identity, driver, object, permission }, { rule }) {
      addAnyway({
        event: 'denied',
        ...whoIs(identity),
        driver,
        procedure: nameOf(procedure),
        permission: `${object.kind}:${permission}`,
        object: factsOf(object),
        decision: 'deny',
        rule,
      });
    },
    readOnly(procedure, identity) {
      addAnyway({
        event: 'denied',
        ...whoIs(identity),
        procedure: nameOf(procedure),
        decision: 'deny',
        rule: 'the connection is read-only',
      });
    },
    starting(call) {
      const own = ++number;
      numbers.set(call, own);
      try {
        log.add({
          event: 'allowed',
          call: own,
          ...whoIs(call.identity),
          driver: call.driver,
          procedure: nameOf(call.procedure),
          objects: call.objects.map(factsOf),
          decision: 'allow',
          rules: Object.fromEntries(call.decisions.map(({ permission, decision }) => [permission, decision.rule])),
        });
      } catch (error) {
        failed((error as Error).message);
        throw new LibvirtError(ErrorCode.InternalError, 'the audit log cannot be written', { cause: error });
      }
    },
    finished(call, error) {
      addAnyway({
        event: 'result',
        call: numbers.get(call),
        ...whoIs(call.identity),
        procedure: nameOf(call.procedure),
        objects: call.objects.map(factsOf),
        result: error === null ? 'ok' : 'error',
        ...(error === null ? {} : { code: error.code, error: error.message }),
      });
    },
  };
}

function nameOf(procedure: Procedure): string {
  return procedure.program.name === 'remote' ? procedure.name : `${procedure.program.name}:${procedure.name}`;
}

/** Who a client is, in the fields of a record. */
export function whoIs(identity: Identity | undefined): Readonly<Record<string, unknown>> {
  const { pid, uid, unixUser, saslUser, x509Name, address } = identity ?? {};
  return {
    identity: {
      ...(saslUser === undefined ? {} : { sasl: saslUser }),
      ...(x509Name === undefined ? {} : { x509: x509Name }),
      ...(unixUser === undefined ? {} : { user: unixUser }),
      ...(uid === undefined ? {} : { uid }),
      ...(pid === undefined ? {} : { pid }),
    },
    address: address ?? null,
  };
}

function factsOf({ kind, name, uuid, parent, usage }: AccessObject): Readonly<Record<string, unknown>> {
  return {
    kind,
    ...(name === '' ? {} : { name }),
    ...(uuid === '' ? {} : { uuid }),
    ...(parent === undefined ? {} : { in: parent.name }),
    ...(usage === undefined ? {} : { usage: usage.id }),
  };
}
