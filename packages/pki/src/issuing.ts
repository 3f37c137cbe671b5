// Issues a certificate: puts name, dates and key together, has it signed, and keeps it with the authority.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { certificatesOf } from '@virtwire/rpc/tls';
import { type Authority, type IssuedKind, issueChanges, issuedPaths, readSigner } from './authority.ts';
import { type LeafPurpose, makeLeafCertificate, type Validity } from './certificate-maker.ts';
import { type Context, dayText } from './context.ts';
import { failure } from './failure.ts';
import type { Plan } from './plan.ts';
import type { HostNames, SubjectField } from './subject.ts';

/** Days that certificates last when nobody says how long. */
export const defaultDays = { authority: 3650, server: 730, client: 365, revocationList: 30 } as const;

// Clocks of two machines are never quite the same: a certificate that begins now would not be good yet over there.
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** How long a certificate is asked to last. */
export interface WantedDates {
  readonly days: number;
  readonly notBefore?: Date | null;
  readonly notAfter?: Date | null;
}

/** What is to be issued. */
export interface IssueRequest {
  readonly kind: IssuedKind;
  readonly name: string;
  readonly subject: readonly SubjectField[] | Uint8Array;
  readonly names: HostNames;
  readonly purposes: readonly LeafPurpose[];
  readonly dates: WantedDates;
  /** Private key, which is kept too; or the public key of somebody who keeps the other half. */
  readonly key: KeyObject;
  readonly passphraseFile: string | null;
  /** True when a certificate that is there under this name is meant to be replaced. */
  readonly replaces?: boolean;
}

/** Issues a certificate. @returns where certificate and key are, and what was done */
export async function issue(
  context: Context,
  authority: Authority,
  request: IssueRequest,
): Promise<{ readonly certificate: string; readonly key: string; readonly plan: Plan }> {
  const { kind, name, key } = request;
  if (/\p{Cc}/u.test(name)) throw failure('the name of a certificate cannot have control characters');
  const signer = await readSigner(context, authority, request.passphraseFile);
  const validity = validityOf(request.dates, context.now, authority.certificate);
  const isPrivate = key.type === 'private';
  const pem = await makeLeafCertificate(
    {
      ...validity,
      subject: request.subject,
      names: request.names,
      purposes: request.purposes,
      publicKey: isPrivate ? createPublicKey(key) : key,
    },
    signer,
  );
  const changes = issueChanges(context.folder, { kind, name, pem, key: isPrivate ? key : null });
  const plan = await context.apply(changes, { replaces: request.replaces ?? false });
  const [facts] = certificatesOf(pem);
  context.print('');
  context.print(`${facts?.subject}, good until ${dayText(validity.notAfter)}`);
  const hosts = [...request.names.dns, ...request.names.addresses];
  if (hosts.length > 0) context.print(`names: ${hosts.join(', ')}`);
  if (validity.notAfter < endOf(request.dates, context.now)) {
    context.remark(`It ends with its authority, whose certificate is good until ${dayText(validity.notAfter)}.`);
  }
  return { ...issuedPaths(context.folder, kind, name), plan };
}

/** The dates of a certificate: backdated a little against clocks that are slow, and never beyond those of its authority. */
export function validityOf(wanted: WantedDates, now: Date, authority: Validity | null): Validity {
  let notBefore = wanted.notBefore ?? new Date(now.getTime() - CLOCK_SKEW_MS);
  let notAfter = endOf(wanted, now);
  if (authority !== null) {
    if (authority.notAfter <= now)
      throw failure(`the authority's certificate has expired: 'virtwire-pki ca renew' makes a new one`);
    if (notBefore < authority.notBefore) notBefore = authority.notBefore;
    if (notAfter > authority.notAfter) notAfter = authority.notAfter;
  }
  if (notAfter <= notBefore) throw failure('the certificate would end before it begins');
  return { notBefore, notAfter };
}

function endOf({ days, notBefore, notAfter }: WantedDates, now: Date): Date {
  return notAfter ?? new Date((notBefore ?? now).getTime() + days * 86_400_000);
}
