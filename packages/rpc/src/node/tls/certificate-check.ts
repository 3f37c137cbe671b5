// The checks that libvirt makes of a certificate by itself, whoever signed it: dates, and what it is made for.
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';
import { type CertificateFacts, type KeyUsage, Purpose } from './certificate.ts';

/** What a certificate is to be used as. */
export type CertificateRole = 'server' | 'client' | 'ca';

/** What is wrong. An error forbids the use, a warning is only worth a line. */
export interface CertificateFault {
  readonly level: 'error' | 'warning';
  readonly text: string;
}

/** A row: one check. */
interface CertificateCheck {
  readonly roles: readonly CertificateRole[];
  /** Gives null when nothing is wrong. @param file name for texts */
  find(facts: CertificateFacts, file: string, role: CertificateRole, now: Date): CertificateFault | null;
}

const all: readonly CertificateRole[] = ['server', 'client', 'ca'];
const ends: readonly CertificateRole[] = ['server', 'client'];
const roleNames: Readonly<Record<CertificateRole, string>> = { server: 'server', client: 'client', ca: 'CA' };

/** The checks in libvirt's order; the first error ends them. */
export const certificateChecks: readonly CertificateCheck[] = [
  {
    roles: all,
    find: ({ notAfter }, file, role, now) =>
      notAfter < now ? error(`The ${roleNames[role]} certificate ${file} has expired`) : null,
  },
  {
    roles: all,
    find: ({ notBefore }, file, role, now) =>
      notBefore > now ? error(`The ${roleNames[role]} certificate ${file} is not yet active`) : null,
  },
  {
    roles: ends,
    find: ({ isCa }, file, role) =>
      isCa === true
        ? error(`The certificate ${file} basic constraints show a CA, but we need one for a ${roleNames[role]}`)
        : null,
  },
  {
    roles: ['ca'],
    find: ({ isCa }, file) =>
      isCa === null
        ? error(`The certificate ${file} is missing basic constraints for a CA`)
        : isCa
          ? null
          : error(`The certificate ${file} basic constraints do not show a CA`),
  },
  usageCheck(['ca'], 'keyCertSign', 'certificate signing'),
  usageCheck(ends, 'digitalSignature', 'digital signature'),
  usageCheck(ends, 'keyEncipherment', 'key encipherment'),
  purposeCheck('server', Purpose.TlsServer),
  purposeCheck('client', Purpose.TlsClient),
];

/**
 * Checks a certificate for a use.
 *
 * @param options `file` names it in texts: a path, or `[session]` for that of a peer
 * @returns the warnings
 * @throws LibvirtError `SystemError` in libvirt's words. @see virNetTLSContextCheckCert
 */
export function checkCertificate(
  facts: CertificateFacts,
  role: CertificateRole,
  { file, now = new Date() }: { readonly file: string; readonly now?: Date },
): string[] {
  const warnings: string[] = [];
  for (const { roles, find } of certificateChecks) {
    const fault = roles.includes(role) ? find(facts, file, role, now) : null;
    if (fault?.level === 'error') throw certificateError(fault.text);
    if (fault?.level === 'warning') warnings.push(fault.text);
  }
  return warnings;
}

/** The error of a certificate that will not do, with a text of libvirt. @param evidence what was seen */
export function certificateError(
  message: string,
  cause?: unknown,
  evidence?: Readonly<Record<string, unknown>>,
): LibvirtError {
  return new LibvirtError(ErrorCode.SystemError, null, {
    message,
    domain: ErrorDomain.Rpc,
    cause,
    stage: 'certificate',
    ...(evidence === undefined ? {} : { evidence }),
  });
}

// A certificate that does not say what it is for is for everything.
function usageCheck(roles: readonly CertificateRole[], bit: KeyUsage, name: string): CertificateCheck {
  return {
    roles,
    find: ({ keyUsage }, file) =>
      keyUsage === null || keyUsage.bits.has(bit)
        ? null
        : { level: keyUsage.critical ? 'error' : 'warning', text: `Certificate ${file} usage does not permit ${name}` },
  };
}

function purposeCheck(role: 'server' | 'client', wanted: string): CertificateCheck {
  return {
    roles: [role],
    find: ({ purposes }, file) =>
      purposes === null || purposes.oids.some((oid) => oid === wanted || oid === Purpose.Any)
        ? null
        : {
            level: purposes.critical ? 'error' : 'warning',
            text: `Certificate ${file} purpose does not allow use for with a TLS ${role}`,
          },
  };
}

function error(text: string): CertificateFault {
  return { level: 'error', text };
}
