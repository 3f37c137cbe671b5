// The gate in front of a driver: what a read-only connection may not do is refused here, before any object is looked at
// and before access control (access/guard.ts) is asked.
import type { CallContext, Driver } from '@virtwire/protocol';
import { type Answer, ErrorCode, LibvirtError, type Procedure } from '@virtwire/rpc';
import { apiErrorDomain, apiName } from './api-name.ts';

/** Who passes the gate. */
export interface GateOptions {
  /** True when the connection was opened read-only. */
  readonly readOnly: boolean;
  /** Told of each call that a read-only connection was refused. */
  onRefused?(procedure: Procedure, context: CallContext): void;
}

/**
 * Puts a gate in front of a driver.
 *
 * A refused call throws `OperationDenied`; all others are handed on, and an answer that is known at once stays so.
 */
export function gate(driver: Driver, options: GateOptions): Driver {
  if (!options.readOnly) return driver;
  return {
    call<A, R>(procedure: Procedure<A, R>, args: A, context: CallContext): Answer<R> {
      try {
        refuseWrite(procedure, args);
      } catch (error) {
        options.onRefused?.(procedure, context);
        throw error;
      }
      return driver.call(procedure, args, context);
    },
    subscribe: (type, filter, listener, context) => driver.subscribe(type, filter, listener, context),
    ...(driver.onLost === undefined ? {} : { onLost: driver.onLost.bind(driver) }),
    close: () => driver.close(),
  };
}

function refuseWrite(procedure: Procedure, args: unknown): void {
  if (procedure.needsWrite === undefined) return;
  if (procedure.needsWrite === 'always') throw denied(procedure, `read only access prevents ${apiName(procedure)}`);
  const condition = conditions[procedure.name];
  // A conditional row without a condition here must not slip through: it is refused like any other.
  const detail = condition === undefined ? writeNeeded : condition(args as never);
  if (detail !== null) throw denied(procedure, detail(apiName(procedure)));
}

function denied(procedure: Procedure, detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.OperationDenied, detail, { domain: apiErrorDomain(apiName(procedure)) });
}

type Detail = (api: string) => string;
const writeNeeded: Detail = (api) => `read only access prevents ${api}`;
const secretShown: Detail = (api) => `${api} with secure flag`;

interface WithFlags {
  readonly flags: number;
}
const refusedFlags = (mask: number, detail: Detail) => (args: WithFlags) => ((args.flags & mask) !== 0 ? detail : null);

// VIR_DOMAIN_XML_SECURE is 1, as are the secure flags of the other kinds of XML; VIR_DOMAIN_XML_MIGRATABLE is 8.
const conditions: Readonly<Record<string, (args: never) => Detail | null>> = {
  domainGetXmlDesc: refusedFlags(1 | 8, secretShown),
  domainSnapshotGetXmlDesc: refusedFlags(1, secretShown),
  domainCheckpointGetXmlDesc: refusedFlags(1, secretShown),
  domainManagedSaveGetXmlDesc: refusedFlags(1, secretShown),
  // VIR_DOMAIN_VCPU_GUEST asks the agent inside the domain.
  domainGetVcpusFlags: refusedFlags(8, writeNeeded),
  // VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT, likewise.
  domainInterfaceAddresses: (args: { readonly source: number }) => (args.source === 1 ? writeNeeded : null),
};
