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
import { auditObserver } from '../audit/audit-observer.ts';
import { AuditLog } from '../audit/audit-log.ts';
import type { PolkitAuthority } from '../auth/polkit-authority.ts';
import { allOf } from './all-of.ts';
import { nameOf } from './on.ts';
import { polkitPolicy } from './polkit-policy.ts';
import { type AccessRule, parseRules } from './rules-file.ts';
import { type RulesPolicy, rulesPolicy } from './rules-policy.ts';
import { identityText } from './who.ts';

/** What access control is made of. */
export interface AccessControlOptions {
  /** Names of the drivers, in order: `polkit`, `rules`; none of them allows everything, which an audit log may still note. */
  readonly drivers: readonly string[];
  /** File of the rules. */
  readonly rulesFile: string;
  /** File of the audit log, null for none. */
  readonly auditFile: string | null;
  /** Asked by the driver of that name; closed with access control. */
  readonly polkit: PolkitAuthority | null;
  /** Takes what goes wrong. */
  readonly log: (level: 'error' | 'info', text: string) => void;
}

/** What the sessions of a server ask. */
export interface AccessControl {
  /** Checks that somebody may open a connection. @throws LibvirtError `AccessDenied` */
  permitOpen(uri: string, context: CallContext): Answer<void>;
  /** Puts access control in front of a driver. @param cut ends the client, whose events cannot be delivered in order */
  guard(driver: Driver, uri: string, cut: (reason: string) => void): GuardedDriver;
  /** A call was refused because the connection is read-only. */
  readOnlyRefused(procedure: Procedure, context: CallContext): void;
  /**
   * Reads the rules again, and goes on in a new audit log when the old one was moved away.
   *
   * @throws LibvirtError when the rules have a fault: the old ones stay
   */
  reload(): void;
  close(): void;
}

/** Makes access control. @throws LibvirtError when the rules or the audit log cannot be used */
export function accessControl(options: AccessControlOptions): AccessControl {
  const { drivers, log } = options;
  const rules = drivers.includes('rules')
    ? rulesPolicy(readRules(options.rulesFile), process.getuid?.() ?? null)
    : null;
  const policy = allOf(
    drivers.flatMap((name): AccessPolicy[] => {
      if (name === 'rules') return rules === null ? [] : [rules];
      if (name === 'polkit' && options.polkit !== null) {
        return [polkitPolicy(options.polkit, (text) => log('error', text))];
      }
      return [];
    }),
  );
  const audit =
    options.auditFile === null ? null : new AuditLog(options.auditFile, (text) => log('error', `audit log: ${text}`));
  const written = audit === null ? null : auditObserver(audit, (text) => log('error', text));
  const observer = joined(written, log);
  const guardOptions = (uri: string, cut?: (reason: string) => void): GuardOptions => ({
    policy,
    driver: driverNames(uri),
    observer,
    ...(cut === undefined ? {} : { onEventOverflow: () => cut('events come faster than access control decides') }),
  });
  return {
    permitOpen: (uri, context) => permitOpen(remote.connectOpen as Procedure, guardOptions(uri), context),
    guard: (driver, uri, cut) => guard(driver, guardOptions(uri, cut)),
    readOnlyRefused: (procedure, { identity }) => observer.readOnly(procedure, identity),
    reload() {
      reloadRules(rules, options.rulesFile, audit);
      audit?.reopen();
      if (rules !== null) log('info', `access rules read again from ${options.rulesFile}`);
    },
    close() {
      options.polkit?.close();
      audit?.close();
    },
  };
}

function reloadRules(policy: RulesPolicy | null, path: string, audit: AuditLog | null): void {
  if (policy === null) return;
  policy.replace(readRules(path));
  audit?.add({ event: 'rules', file: path });
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
function joined(audit: AccessObserver | null, log: AccessControlOptions['log']): AccessObserver {
  return {
    denied(procedure, request, decision) {
      const { identity, object, permission, driver } = request;
      const what = [object.kind, nameOf(object) || object.uuid].filter((part) => part !== '').join(' ');
      const who = identityText(identity);
      log('error', `'${driver}' denied ${procedure.name} to ${who}: ${permission} on ${what}: ${decision.rule}`);
      audit?.denied(procedure, request, decision);
    },
    readOnly: (procedure, identity) => audit?.readOnly(procedure, identity),
    starting: (call) => audit?.starting(call),
    finished: (call, error) => audit?.finished(call, error),
  };
}
