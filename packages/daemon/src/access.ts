// What the configuration asks for to know clients and to judge them, made from it in one place.
import type { AccessControl, AccessSources } from './acl/control.ts';
import type { PolkitAuthority } from './auth/polkit-authority.ts';
import type { SaslAuthority } from './auth/sasl.ts';
import type { DaemonConfig } from './config-rows.ts';
import type { Service } from './listener/listener.ts';
import { localIdentities, type LocalIdentities } from './local-identity.ts';
import type { Log } from './log.ts';
import type { DaemonPaths } from './paths.ts';

/** How a daemon knows and judges its clients. */
export interface DaemonAccess {
  readonly unixReadWrite: Service['auth'];
  readonly unixReadOnly: Service['auth'];
  /** Finds out who local clients are; null when nobody asks. */
  readonly identities: LocalIdentities | null;
  /** Null when nobody asks it. */
  readonly polkit: PolkitAuthority | null;
  /** Null when nobody asks for it. */
  readonly control: AccessControl | null;
  /** Null when no service wants it. */
  readonly sasl: SaslAuthority | null;
}

/** What is known besides the configuration. */
export interface AccessSituation {
  readonly paths: DaemonPaths;
  /** True when the daemon was started with --listen. */
  readonly listen: boolean;
  readonly log: Log;
}

/**
 * Makes it; only what the configuration asks for is loaded, and polkit is not connected yet.
 *
 * @throws LibvirtError `AuthFailed` when a service wants SASL and its configuration cannot be used, or whatever is wrong
 *   with access rules and the audit log
 */
export async function daemonAccess(config: DaemonConfig, situation: AccessSituation): Promise<DaemonAccess> {
  const { listen } = situation;
  const { privileged } = situation.paths;
  // As in libvirtd, only the daemon of the host asks polkit unless it is told to: that of a user serves this user alone.
  const usual = privileged ? 'polkit' : 'none';
  const unixReadWrite = authOf(config.auth_unix_rw, usual);
  const unixReadOnly = authOf(config.auth_unix_ro, usual);
  const asksPolkit = unixReadWrite === 'polkit' || unixReadOnly === 'polkit';
  const methods = [
    unixReadWrite,
    ...(privileged ? [unixReadOnly] : []),
    ...(listen && config.listen_tcp ? [authOf(config.auth_tcp, 'sasl')] : []),
    ...(listen && config.listen_tls ? [authOf(config.auth_tls, 'none')] : []),
  ];
  const sources = accessSources(config, situation.paths);
  const controls = sources.drivers.length > 0 || config.audit_file !== null || config.audit_logging;
  return {
    unixReadWrite,
    unixReadOnly,
    identities: asksPolkit || controls ? localIdentities({ names: controls }) : null,
    polkit: asksPolkit ? await polkit() : null,
    control: controls ? await daemonControl(config, sources, situation) : null,
    sasl: methods.includes('sasl') ? (await import('./auth/daemon-sasl.ts')).daemonSasl(config, situation) : null,
  };
}

async function polkit(): Promise<PolkitAuthority> {
  const { systemPolkit } = await import('./auth/polkit-authority.ts');
  return systemPolkit();
}

/** Where access control of this configuration has its rules and its log. */
export function accessSources(config: DaemonConfig, paths: DaemonPaths): AccessSources {
  return {
    drivers: (config.access_drivers ?? []).filter((name) => name !== 'none'),
    rulesFile: config.access_rules_file ?? paths.accessRulesFile,
    auditFile: config.audit_file,
  };
}

async function daemonControl(
  config: DaemonConfig,
  sources: AccessSources,
  { log }: AccessSituation,
): Promise<AccessControl> {
  const { accessControl } = await import('./acl/control.ts');
  return accessControl({
    ...sources,
    // On a connection of its own: dialogs that nobody answers must not hold up calls.
    polkit: polkitWhenAsked(),
    log: (level, text) => log[level]('access', text),
    copy: config.audit_logging ? (level, text) => log[level]('audit', text) : null,
  });
}

// A reload may ask for it later: it is loaded by the first question.
function polkitWhenAsked(): PolkitAuthority {
  let made: Promise<PolkitAuthority> | undefined;
  return {
    check: async (question) => {
      made ??= polkit();
      return (await made).check(question);
    },
    close: () => void made?.then((authority) => authority.close()),
  };
}

/** The authentication of a service. Reading the configuration lets known words through only. */
export function authOf(method: string | null, usual: Service['auth']): Service['auth'] {
  if (method === null) return usual;
  return method === 'none' || method === 'polkit' ? method : 'sasl';
}
