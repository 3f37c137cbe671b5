// Which definition a call changes: the one that runs, the one of the next start, or both.
import { DomainModificationImpact as Impact } from '@virtwire/protocol/constants';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { DomainDefinition } from './domain-definition.ts';
import type { TestDomain } from './domain-object.ts';

/** The definitions that a call is about; null for one that it leaves alone. */
export interface AffectedDefinitions {
  readonly live: DomainDefinition | null;
  readonly config: DomainDefinition | null;
}

/** An error of domains in general, not of the driver. */
export function domainError(code: number, detail: string): LibvirtError {
  return new LibvirtError(code, detail, { domain: ErrorDomain.Domain });
}

/**
 * Settles the flags: "current" becomes live or config, and what cannot be is refused.
 *
 * @see virDomainObjUpdateModificationImpact
 */
function impactOf(domain: TestDomain, flags: number): number {
  let impact = flags & (Impact.Live | Impact.Config);
  if (impact === Impact.Current) impact = domain.active ? Impact.Live : Impact.Config;
  if (!domain.active && (impact & Impact.Live) !== 0) {
    throw domainError(ErrorCode.OperationInvalid, 'domain is not running');
  }
  if (!domain.persistent && (impact & Impact.Config) !== 0) {
    throw domainError(ErrorCode.OperationInvalid, 'transient domains do not have any persistent config');
  }
  return impact;
}

/** The definitions that a change goes to. @see virDomainObjGetDefs */
export function affectedDefinitions(domain: TestDomain, flags: number): AffectedDefinitions {
  const impact = impactOf(domain, flags);
  domain.separate();
  return {
    live: (impact & Impact.Live) !== 0 ? domain.def : null,
    config: (impact & Impact.Config) !== 0 ? domain.inactiveDef : null,
  };
}

/** The one definition that a call is about, and whether it is what runs. @see virDomainObjGetOneDefState */
export function oneDefinition(
  domain: TestDomain,
  flags: number,
): { readonly def: DomainDefinition; readonly live: boolean } {
  if ((flags & Impact.Live) !== 0 && (flags & Impact.Config) !== 0) {
    throw new LibvirtError(ErrorCode.InvalidArg, null, {
      domain: ErrorDomain.Domain,
      message: "Flags 'VIR_DOMAIN_AFFECT_LIVE' and 'VIR_DOMAIN_AFFECT_CONFIG' are mutually exclusive",
      str1: 'virDomainObjGetOneDefState',
      str2: 'flags',
      int1: 0,
      int2: 0,
    });
  }
  const { live, config } = affectedDefinitions(domain, flags);
  return live !== null ? { def: live, live: true } : { def: config ?? domain.def, live: false };
}
