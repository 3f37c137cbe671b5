// Access control of a daemon as its configuration asks for it: policies, the audit log, and reading the rules again.
import { readFileSync } from 'node:fs';
import {
  type AccessObserver,
  type AccessPolicy,
  driverNames,
  guard,
  type GuardedDriver,
  type GuardOptions,
  permitOpen,
} from '@virtwire/drivers/access';
import { type CallContext, type Driver, remote } from '@virtwire/protocol';
import { type Answer, ErrorCode, LibvirtError, type Procedure } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import { type AuditSink, auditObserver } from '../audit/audit-observer.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { type AuthenticationObserver, authenticationObserver } from '../audit/authentication.ts';
import { fieldsText } from '../audit/chain.ts';
import type { PolkitAuthority } from '../auth/polkit-authority.ts';
import { allOf } from './all-of.ts';
import { nameOf } from './on.ts';
import { polkitPolicy } from './polkit-policy.ts';
import { type AccessRule, parseRules } from './rules-file.ts';
import { type RulesPolicy, rulesPolicy } from './rules-policy.ts';
import { identityText } from './who.ts';

/** Where access control has its rules and writes its log; may change while it is in use. */
export interface AccessSources {
  /** Names of the drivers, in order: `polkit`, `rules`; none of them allows everything, which an audit log may still note. */
  readonly drivers: readonly string[];
  /** File of the rules. */
  readonly rulesFile: string;
  /** File of the audit log, null for none. */
  readonly auditFile: string | null;
}

/** What access control is made of. */
export interface AccessControlOptions extends AccessSources {
  /** Asked by the driver of that name; closed with access control. */
  readonly polkit: PolkitAuthority | null;
  /** Takes what goes wrong. */
  readonly log: (level: 'error' | 'info' | 'warning', text: string) => void;
  /** Takes a copy of every record of the audit log; null when nobody wants one. */
  readonly copy: ((level: 'info' | 'warning', text: string) => void) | null;
}

/** What the sessions of a server ask. */
export interface AccessControl {
  /** Checks that somebody may open a connection. @throws LibvirtError `AccessDenied` */
  permitOpen(uri: string, context: CallContext): Answer<void>;
  /** Puts access control in front of a driver. @param cut ends the client, whose events cannot be delivered in order */
  guard(driver: Driver, uri: string, cut: (reason: string) => void): GuardedDriver;
  /** A call was refused because the connection is read-only. */
  readOnlyRefused(procedure: Procedure, context: CallContext): void;
  /** Somebody has proven who it is, or has not. */
  readonly authentication: AuthenticationObserver;
  /**
   * Reads the rules again, and goes on in a new audit log when the old one was moved away; takes over other sources.
   *
   * @throws LibvirtError when the rules or the log cannot be used: everything stays as it was
   */
  reload(sources?: AccessSources): void;
  close(): void;
}

/** Makes access control. @throws LibvirtError when the rules or the audit log cannot be used */
export function accessControl(options: AccessControlOptions): AccessControl {
  const { log, copy } = options;
  const rules = rulesPolicy(rulesOf(options), process.getuid?.() ?? null);
  const auditFailed = (text: string) => log('error', `audit log: ${text}`);
  let sources: AccessSources = options;
  let chosen = policyOf(options, rules);
  let audit = options.auditFile === null ? null : new AuditLog(options.auditFile, auditFailed);
  const policy: AccessPolicy = {
    check: (request) => chosen.check(request),
    mayEver: (request) => chosen.mayEver(request),
  };
  const sink: AuditSink = {
    add(fields) {
      audit?.add(fields);
      copy?.(fields['decision'] === 'deny' || fields['result'] === 'error' ? 'warning' : 'info', fieldsText(fields));
    },
  };
  const isAudited = () => audit !== null || copy !== null;
  const failed = (text: string) => log('error', text);
  const written = authenticationObserver(sink, failed);
  const observer = joined(auditObserver(sink, failed), isAudited, log);
  const guardOptions = (uri: string, cut?: (reason: string) => void): GuardOptions => ({
    policy,
    driver: driverNames(uri),
    observer,
    ...(cut === undefined ? {} : { onEventOverflow: () => cut('events come faster than access control decides') }),
  });

  function auditTo(path: string | null): AuditLog | null {
    if (path === null) {
      audit?.close();
      return null;
    }
    if (audit === null) return new AuditLog(path, auditFailed);
    audit.reopen(path);
    return audit;
  }

  return {
    permitOpen: (uri, context) => permitOpen(remote.connectOpen as Procedure, guardOptions(uri), context),
    guard: (driver, uri, cut) => guard(driver, guardOptions(uri, cut)),
    readOnlyRefused: (procedure, { identity }) => observer.readOnly(procedure, identity),
    authentication: (attempt) => {
      if (isAudited()) written(attempt);
    },
    reload(next = sources) {
      const read = rulesOf(next);
      const driversChange = next.drivers.join() !== sources.drivers.join();
      const before = sources.auditFile;
      audit = auditTo(next.auditFile);
      try {
        // Before anything changes: what cannot be written down must not come into force.
        if (next.drivers.includes('rules')) audit?.add({ event: 'rules', file: next.rulesFile });
        if (driversChange) audit?.add({ event: 'drivers', drivers: next.drivers });
      } catch (error) {
        audit = auditTo(before);
        throw error;
      }
      rules.replace(read);
      chosen = policyOf({ ...next, polkit: options.polkit, log }, rules);
      if (next.drivers.includes('rules')) log('info', `access rules read again from ${next.rulesFile}`);
      if (driversChange) {
        const none = next.drivers.length === 0;
        log(
          'warning',
          none ? 'access is not controlled any more' : `access is now controlled by ${next.drivers.join(', ')}`,
        );
      }
      sources = next;
    },
    close() {
      options.polkit?.close();
      audit?.close();
    },
  };
}

function rulesOf({ drivers, rulesFile }: AccessSources): readonly AccessRule[] {
  return drivers.includes('rules') ? readRules(rulesFile) : [];
}

function policyOf(
  { drivers, polkit, log }: Pick<AccessControlOptions, 'drivers' | 'polkit' | 'log'>,
  rules: RulesPolicy,
): AccessPolicy {
  return allOf(
    drivers.flatMap((name): AccessPolicy[] => {
      if (name === 'rules') return [rules];
      return name === 'polkit' && polkit !== null ? [polkitPolicy(polkit, (text) => log('error', text))] : [];
    }),
  );
}

/** Longest file of rules that is read, in bytes. */
const MAX_RULES_BYTES = 4_194_304;

/** Reads a file of rules. @throws LibvirtError with its path, line and column */
export function readRules(path: string): AccessRule[] {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const text = systemErrorText(error as NodeJS.ErrnoException);
    throw new LibvirtError(ErrorCode.SystemError, `cannot read the access rules '${path}': ${text}`, { cause: error });
  }
  if (bytes.length > MAX_RULES_BYTES) {
    throw new LibvirtError(ErrorCode.ConfSyntax, `${path}: longer than ${MAX_RULES_BYTES} bytes`);
  }
  return parseRules(new TextDecoder().decode(bytes), path);
}

// Denials are told in the log as well, where people look first.
function joined(audit: AccessObserver, isAudited: () => boolean, log: AccessControlOptions['log']): AccessObserver {
  return {
    denied(procedure, request, decision) {
      const { identity, object, permission, driver } = request;
      const what = [object.kind, nameOf(object) || object.uuid].filter((part) => part !== '').join(' ');
      const who = identityText(identity);
      log('error', `'${driver}' denied ${procedure.name} to ${who}: ${permission} on ${what}: ${decision.rule}`);
      if (isAudited()) audit.denied(procedure, request, decision);
    },
    readOnly: (procedure, identity) => (isAudited() ? audit.readOnly(procedure, identity) : undefined),
    starting: (call) => (isAudited() ? audit.starting(call) : undefined),
    finished: (call, error) => (isAudited() ? audit.finished(call, error) : undefined),
  };
}
