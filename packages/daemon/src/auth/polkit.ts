// Authentication by polkit: whether the process behind a unix socket may manage, or only monitor.
import type { Identity } from '@virtwire/protocol';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { PolkitAuthority, PolkitSubject } from './polkit-authority.ts';

/** The action of a socket. */
export function unixAction(readOnly: boolean): string {
  return readOnly ? 'org.libvirt.unix.monitor' : 'org.libvirt.unix.manage';
}

/**
 * The process that polkit is asked about.
 *
 * @throws LibvirtError `InternalError` for a client without process, or whose process has ended: a process that is known
 *   by its id alone may be another one by the time that polkit looks
 */
export function polkitSubject({ pid, startTime, uid }: Identity): PolkitSubject {
  if (pid === undefined || pid <= 0) throw refusedSubject('No process ID available');
  if (startTime === undefined || startTime <= 0n) throw refusedSubject('No process start time available');
  if (uid === undefined) throw refusedSubject('No UNIX process UID available');
  return { pid, startTime, uid };
}

/**
 * Lets polkit decide, with its user's help if it wants that.
 *
 * @param signal withdraws the question, e.g. because the client has gone
 * @throws LibvirtError `AuthFailed`, `AuthUnavailable` or `AuthCancelled` in libvirt's words
 * @see virPolkitCheckAuth
 */
export async function authenticateByPolkit(
  authority: PolkitAuthority,
  identity: Identity,
  readOnly: boolean,
  signal: AbortSignal,
): Promise<void> {
  const action = unixAction(readOnly);
  const answer = await authority.check({ action, subject: polkitSubject(identity), interactive: true, signal });
  if (answer.authorized) return;
  const domain = ErrorDomain.Polkit;
  if (answer.dismissed) {
    throw new LibvirtError(ErrorCode.AuthCancelled, 'user cancelled authentication process', { domain });
  }
  if (answer.challenge) {
    const detail = `no polkit agent available to authenticate action '${action}'`;
    throw new LibvirtError(ErrorCode.AuthUnavailable, detail, { domain });
  }
  throw new LibvirtError(ErrorCode.AuthFailed, 'access denied by policy', { domain });
}

function refusedSubject(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.InternalError, detail, { domain: ErrorDomain.Polkit });
}
