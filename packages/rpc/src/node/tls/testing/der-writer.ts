// Writes DER for tests: names and whole certificates that no certificate tool would make.
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';

/** One value with its tag and length. */
export function der(tag: number, ...contents: (Uint8Array | string)[]): Uint8Array {
  const body = Buffer.concat(contents.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const { length } = body;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from(head), body]);
}

/** An object identifier. */
export function oid(dotted: string): Uint8Array {
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  const bytes = [first * 40n + second, ...rest].flatMap((number) => {
    const digits = [Number(number & 0x7fn)];
    for (let left = number >> 7n; left > 0n; left >>= 7n) digits.unshift(Number(left & 0x7fn) | 0x80);
    return digits;
  });
  return der(0x06, Uint8Array.from(bytes));
}

/** An attribute of a name: type and tagged value. */
export type Attribute = readonly [type: string, tag: number, value: Uint8Array | string];

/** A Name: a list of relative names, each of one or several attributes. */
export function nameDer(...relativeNames: readonly (readonly Attribute[])[]): Uint8Array {
  return der(
    0x30,
    ...relativeNames.map((attributes) =>
      der(0x31, ...attributes.map(([type, tag, value]) => der(0x30, oid(type), der(tag, value)))),
    ),
  );
}

/** What a certificate of {@link certificateOf} holds. */
export interface CertificateParts {
  readonly subject: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly extensions?: readonly { readonly oid: string; readonly critical?: boolean; readonly value: Uint8Array }[];
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly serial?: Uint8Array;
}

let key: KeyObject | undefined;

/** The key of all certificates that are made here, as PEM. */
export function keyPem(): string {
  return String(signingKey().export({ format: 'pem', type: 'pkcs8' }));
}

function signingKey(): KeyObject {
  key ??= generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return key;
}

/** A certificate with these parts, signed by a key that is made for the run. */
export function certificateOf(parts: CertificateParts): X509Certificate {
  return new X509Certificate(certificatePem(parts));
}

/** The same as PEM, which may be what no reader takes. */
export function certificatePem(parts: CertificateParts): string {
  const key = signingKey();
  const ecdsaSha256 = der(0x30, oid('1.2.840.10045.4.3.2'));
  const time = (text: string) => der(0x18, text);
  const extensions = (parts.extensions ?? []).map((each) =>
    der(0x30, oid(each.oid), ...(each.critical ? [der(0x01, Uint8Array.of(255))] : []), der(0x04, each.value)),
  );
  const body = der(
    0x30,
    der(0xa0, der(0x02, Uint8Array.of(2))),
    der(0x02, parts.serial ?? Uint8Array.of(1)),
    ecdsaSha256,
    parts.issuer ?? parts.subject,
    der(0x30, time(parts.notBefore ?? '20200101000000Z'), time(parts.notAfter ?? '20990101000000Z')),
    parts.subject,
    createPublicKey(key).export({ format: 'der', type: 'spki' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, der(0x30, ...extensions))]),
  );
  const signature = der(0x03, Uint8Array.of(0), sign('sha256', body, key));
  return armoured('CERTIFICATE', der(0x30, body, ecdsaSha256, signature));
}

/** What a list of {@link revocationListPem} holds. */
export interface RevocationParts {
  readonly issuer: Uint8Array;
  readonly serials: readonly Uint8Array[];
  readonly thisUpdate?: string;
  readonly nextUpdate?: string;
  /** The key that signs it; that of all certificates when left out. */
  readonly key?: KeyObject;
}

/** A list of revoked certificates, of version 2. */
export function revocationListPem(parts: RevocationParts): string {
  const ecdsaSha256 = der(0x30, oid('1.2.840.10045.4.3.2'));
  const since = der(0x18, '20200101000000Z');
  const body = der(
    0x30,
    der(0x02, Uint8Array.of(1)),
    ecdsaSha256,
    parts.issuer,
    der(0x18, parts.thisUpdate ?? '20200101000000Z'),
    ...(parts.nextUpdate === undefined ? [] : [der(0x18, parts.nextUpdate)]),
    ...(parts.serials.length === 0
      ? []
      : [der(0x30, ...parts.serials.map((serial) => der(0x30, der(0x02, serial), since)))]),
  );
  const signature = der(0x03, Uint8Array.of(0), sign('sha256', body, parts.key ?? signingKey()));
  return armoured('X509 CRL', der(0x30, body, ecdsaSha256, signature));
}

function armoured(what: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n');
  return `-----BEGIN ${what}-----\n${lines}\n-----END ${what}-----\n`;
}
