// What libvirt looks at in an X.509 certificate, read from its DER form.
import { X509Certificate } from 'node:crypto';
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';
import { DerTag, type DerValue, derChildren, derOid, derValues, hexOf } from './der.ts';
import { commonNames, formatDistinguishedName } from './distinguished-name.ts';

/** The facts of a certificate. */
export interface CertificateFacts {
  /** Subject in libvirt's spelling. */
  readonly subject: string;
  readonly issuer: string;
  /** DER forms of both names in hexadecimal: what is compared. */
  readonly subjectDer: string;
  readonly issuerDer: string;
  /** Serial number in hexadecimal, lower case. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly commonNames: readonly string[];
  /** Names of subjectAltName; null when there is no such extension. */
  readonly alternativeNames: AlternativeNames | null;
  /** basicConstraints: null when absent. */
  readonly isCa: boolean | null;
  /** Authorities that may follow below, null: any number. */
  readonly pathLength: number | null;
  /** keyUsage: null when absent. */
  readonly keyUsage: { readonly critical: boolean; readonly bits: ReadonlySet<KeyUsage> } | null;
  /** extendedKeyUsage as dotted numbers: null when absent. */
  readonly purposes: { readonly critical: boolean; readonly oids: readonly string[] } | null;
  /** Dotted numbers of the algorithm that signed it. */
  readonly signatureAlgorithm: string;
  /** Dotted numbers of the extensions that whoever trusts it must understand. */
  readonly criticalExtensions: readonly string[];
  /** The certificate itself. */
  readonly x509: X509Certificate;
}

/** Names of subjectAltName. */
export interface AlternativeNames {
  readonly dns: readonly string[];
  /** IPv4 as dotted numbers, IPv6 as eight groups without leading zeros. */
  readonly addresses: readonly string[];
  /** True when there are URIs. */
  readonly uris: boolean;
}

/** Bits of keyUsage by their name in RFC 5280. */
export type KeyUsage = (typeof keyUsages)[number];

const keyUsages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** Purposes that libvirt asks for. */
export const Purpose = {
  TlsServer: '1.3.6.1.5.5.7.3.1',
  TlsClient: '1.3.6.1.5.5.7.3.2',
  Any: '2.5.29.37.0',
} as const;

/** Extensions that are read here. */
export const Extension = {
  KeyUsage: '2.5.29.15',
  AlternativeNames: '2.5.29.17',
  BasicConstraints: '2.5.29.19',
  Purposes: '2.5.29.37',
} as const;

/** Reads a certificate. @throws LibvirtError `InvalidArg` when it is malformed */
export function certificateFacts(x509: X509Certificate): CertificateFacts {
  const [certificate] = derValues(x509.raw);
  const [tbs, algorithm] = derChildren(certificate);
  const parts = derChildren(tbs);
  // The version, [0], is absent in a certificate of version 1.
  const base = parts[0]?.tag === 0xa0 ? 1 : 0;
  const [serial, , issuer, validity, subject] = parts.slice(base);
  const [from, to] = derChildren(validity);
  const extensions = readExtensions(parts.find(({ tag }) => tag === 0xa3));
  const usage = extensions.get(Extension.KeyUsage);
  const purposes = extensions.get(Extension.Purposes);
  const names = extensions.get(Extension.AlternativeNames);
  return {
    subject: formatDistinguishedName(subject),
    issuer: formatDistinguishedName(issuer),
    subjectDer: hexOf((subject as DerValue).whole),
    issuerDer: hexOf((issuer as DerValue).whole),
    serial: hexOf(serial?.contents ?? new Uint8Array()),
    notBefore: derTime(from),
    notAfter: derTime(to),
    commonNames: commonNames(subject),
    alternativeNames: names === undefined ? null : readAlternativeNames(names.value),
    ...readBasicConstraints(extensions.get(Extension.BasicConstraints)?.value),
    keyUsage: usage === undefined ? null : { critical: usage.critical, bits: usageBits(usage.value) },
    purposes:
      purposes === undefined
        ? null
        : { critical: purposes.critical, oids: derChildren(purposes.value).map((oid) => derOid(oid)) },
    signatureAlgorithm: derOid(derChildren(algorithm)[0]),
    criticalExtensions: [...extensions].filter(([, { critical }]) => critical).map(([oid]) => oid),
    x509,
  };
}

/** Reads every certificate of a PEM text. @throws LibvirtError `InvalidArg` when one is malformed */
export function certificatesOf(pem: string): CertificateFacts[] {
  const blocks = pem.match(/-----BEGIN (X509 )?CERTIFICATE-----[^-]*-----END (X509 )?CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => {
    let x509: X509Certificate;
    try {
      x509 = new X509Certificate(block);
    } catch (cause) {
      throw malformed('certificate is malformed', cause);
    }
    return certificateFacts(x509);
  });
}

/** Reads a date. @throws LibvirtError `InvalidArg` when it is none */
export function derTime(value: DerValue | undefined): Date {
  const text = new TextDecoder('latin1').decode(value?.contents);
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?Z$/.exec(text);
  if (match === null) throw malformed('certificate has a malformed date');
  const [, years = '', month, day, hour, minute, second = '0'] = match;
  // Two digits: 50 to 99 are 19xx (RFC 5280, section 4.1.2.5.1).
  const year = years.length === 4 ? Number(years) : Number(years) + (Number(years) >= 50 ? 1900 : 2000);
  return new Date(Date.UTC(year, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)));
}

interface ExtensionValue {
  readonly critical: boolean;
  readonly value: DerValue;
}

function readExtensions(holder: DerValue | undefined): Map<string, ExtensionValue> {
  const found = new Map<string, ExtensionValue>();
  if (holder === undefined) return found;
  for (const extension of derChildren(derChildren(holder)[0])) {
    const fields = derChildren(extension);
    const oid = derOid(fields[0]);
    const content = fields.at(-1);
    const [value] = content?.tag === DerTag.OctetString ? derValues(content.contents) : [];
    // Of two extensions of one kind each reader might believe another.
    if (value === undefined || found.has(oid)) throw malformed('certificate has malformed extensions');
    found.set(oid, { critical: isTrue(fields[1]), value });
  }
  return found;
}

function readBasicConstraints(value: DerValue | undefined): Pick<CertificateFacts, 'isCa' | 'pathLength'> {
  if (value === undefined) return { isCa: null, pathLength: null };
  const fields = derChildren(value);
  const length = fields.find(({ tag }) => tag === DerTag.Integer);
  return {
    isCa: isTrue(fields[0]),
    pathLength: length === undefined ? null : Number(`0x${hexOf(length.contents) || '0'}`),
  };
}

function isTrue(value: DerValue | undefined): boolean {
  return value?.tag === DerTag.Boolean && value.contents[0] !== 0;
}

function usageBits(value: DerValue): Set<KeyUsage> {
  if (value.tag !== DerTag.BitString) throw malformed('certificate has malformed extensions');
  const bytes = value.contents.subarray(1);
  return new Set(keyUsages.filter((_, bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0));
}

function readAlternativeNames(value: DerValue): AlternativeNames {
  const dns: string[] = [];
  const addresses: string[] = [];
  let uris = false;
  for (const { tag, contents } of derChildren(value)) {
    if (tag === 0x82) dns.push(new TextDecoder('latin1').decode(contents));
    else if (tag === 0x87) addresses.push(addressText(contents));
    else if (tag === 0x86) uris = true;
  }
  return { dns, addresses, uris };
}

/** An address of 4 or 16 bytes as {@link AlternativeNames} shows it. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length !== 16) return bytes.join('.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2).toString(16)).join(':');
}

function malformed(detail: string, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidArg, detail, { domain: ErrorDomain.Rpc, cause });
}
