// Whether the kernel of this host has auditing, which audit_level = 2 demands.
import { closeSync } from 'node:fs';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import { checked, SOCK_CLOEXEC, systemCalls } from '../system-calls.ts';

// Numbers of Linux; audit_open of libaudit makes the same socket.
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_AUDIT = 9;

const noAudit: ReadonlySet<string | undefined> = new Set(['EINVAL', 'EPROTONOSUPPORT', 'EAFNOSUPPORT']);

/**
 * Makes sure that it has. Nothing is sent to it: libvirtd tells it of domains of real hypervisors, and of nothing else.
 *
 * @param openSocket for tests
 * @throws LibvirtError when it has not
 * @see virAuditOpen
 */
export function requireHostAudit(openSocket: () => number = auditSocket): void {
  try {
    closeSync(openSocket());
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    // libvirtd 9.0.0 puts the text of another error in front of this one by mistake.
    if (noAudit.has(failure.code)) {
      throw new LibvirtError(ErrorCode.NoSupport, null, {
        message: 'Audit is not supported by the kernel',
        cause: error,
      });
    }
    throw new LibvirtError(ErrorCode.SystemError, `Unable to initialize audit layer: ${systemErrorText(failure)}`, {
      cause: error,
    });
  }
}

function auditSocket(): number {
  return checked(systemCalls().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT), 'socket');
}
