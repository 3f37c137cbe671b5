// What the configuration asks for to know clients and to judge them, made from it in one place.
import { type PolkitAuthority, systemPolkit } from './auth/polkit-authority.ts';
import type { DaemonConfig } from './config-rows.ts';
import type { Service } from './listener/listener.ts';
import { localIdentities, type LocalIdentities } from './local-identity.ts';

/** How a daemon knows and judges its clients. */
export interface DaemonAccess {
  readonly unixReadWrite: Service['auth'];
  readonly unixReadOnly: Service['auth'];
  /** Finds out who local clients are; null when nobody asks. */
  readonly identities: LocalIdentities | null;
  /** Null when nobody asks it. */
  readonly polkit: PolkitAuthority | null;
}

/** Makes it; nothing is connected or loaded yet. */
export function daemonAccess(config: DaemonConfig, privileged: boolean): DaemonAccess {
  // As in libvirtd, only the daemon of the host asks polkit unless it is told to: that of a user serves this user alone.
  const usual = privileged ? 'polkit' : 'none';
  const unixReadWrite = authOf(config.auth_unix_rw, usual);
  const unixReadOnly = authOf(config.auth_unix_ro, usual);
  const asksPolkit = unixReadWrite === 'polkit' || unixReadOnly === 'polkit';
  return {
    unixReadWrite,
    unixReadOnly,
    identities: asksPolkit ? localIdentities({ names: false }) : null,
    polkit: asksPolkit ? systemPolkit() : null,
  };
}

/** The authentication of a service. Reading the configuration lets known words through only. */
export function authOf(method: string | null, usual: Service['auth']): Service['auth'] {
  if (method === null) return usual;
  return method === 'none' || method === 'polkit' ? method : 'sasl';
}
