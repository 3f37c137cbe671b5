// Makes certificates and revocation lists. The only file that loads the X.509 library, and only when it is called.
import { createPublicKey, type KeyObject, randomBytes, type webcrypto, X509Certificate } from 'node:crypto';
import { type CertificateFacts, certificateFacts } from '@virtwire/rpc/tls';
import type * as X509 from '@peculiar/x509';
import { failure } from './failure.ts';
import { type HostNames, type SubjectField, subjectOids } from './subject.ts';

/** Who signs: an authority's certificate and its key. */
export interface Signer {
  readonly certificate: CertificateFacts;
  readonly key: KeyObject;
}

/** From when to when a certificate is good, both inclusive, whole seconds. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** What a certificate is for. */
export type LeafPurpose = 'server' | 'client';

/** What a certificate of a server or client says. */
export interface LeafContents extends Validity {
  /** Fields in their final order, or the DER form of a name, taken over as it is. */
  readonly subject: readonly SubjectField[] | Uint8Array;
  readonly names: HostNames;
  readonly purposes: readonly LeafPurpose[];
  readonly publicKey: KeyObject;
}

/** What a certificate of an authority says. */
export interface AuthorityContents extends Validity {
  readonly subject: readonly SubjectField[] | Uint8Array;
  readonly key: KeyObject;
}

/** An entry of a revocation list. */
export interface Revocation {
  /** Hexadecimal digits. */
  readonly serial: string;
  readonly date: Date;
  readonly reason: RevocationReason;
}

/** Reasons for a revocation, as RFC 5280 numbers them. */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
} as const;

/** Name of a reason. */
export type RevocationReason = keyof typeof revocationReasons;

/** Makes the self-signed certificate of an authority. @returns PEM */
export async function makeAuthorityCertificate(contents: AuthorityContents): Promise<string> {
  const x509 = await library();
  const { subject, key, notBefore, notAfter } = contents;
  const name = nameOf(x509, subject);
  const publicKey = spki(createPublicKey(key));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: name,
    issuer: name,
    notBefore,
    notAfter,
    publicKey,
    ...signing(key),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  const pem = pemText('CERTIFICATE', certificate.rawData);
  const made = new X509Certificate(pem);
  if (!made.verify(createPublicKey(key))) throw failure('the certificate that was made does not verify');
  return pem;
}

/**
 * Makes the certificate of a server or client.
 *
 * @returns PEM
 * @throws LibvirtError when what comes out would not be accepted as signed by this authority
 */
export async function makeLeafCertificate(contents: LeafContents, signer: Signer): Promise<string> {
  const x509 = await library();
  const { subject, names, purposes, publicKey, notBefore, notAfter } = contents;
  const alternative = [
    ...names.dns.map((value) => ({ type: 'dns', value }) as const),
    ...names.addresses.map((value) => ({ type: 'ip', value }) as const),
  ];
  const key = spki(publicKey);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: nameOf(x509, subject),
    issuer: new x509.Name(bytesOf(signer.certificate.subjectDer)),
    notBefore,
    notAfter,
    publicKey: key,
    ...signing(signer.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      // Both bits, for elliptic curves too: libvirt asks for keyEncipherment whatever the key is (virNetTLSContextCheckCertKeyUsage).
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension(purposes.map((purpose) => purposeOids[purpose])),
      ...(alternative.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternative)] : []),
      await x509.SubjectKeyIdentifierExtension.create(key),
      await x509.AuthorityKeyIdentifierExtension.create(spki(signer.certificate.x509.publicKey)),
    ],
  });
  const pem = pemText('CERTIFICATE', certificate.rawData);
  const made = certificateFacts(new X509Certificate(pem));
  const issuer = signer.certificate;
  if (made.issuerDer !== issuer.subjectDer || !made.x509.verify(issuer.x509.publicKey)) {
    throw failure('the certificate that was made does not verify against its authority');
  }
  return pem;
}

/** Makes a revocation list. @returns PEM under the label that GnuTLS and OpenSSL write */
export async function makeRevocationList(
  entries: readonly Revocation[],
  { thisUpdate, nextUpdate, number }: { thisUpdate: Date; nextUpdate: Date; number: number },
  signer: Signer,
): Promise<string> {
  const x509 = await library();
  const { signingKey, signingAlgorithm } = signing(signer.key);
  const list = await x509.X509CrlGenerator.create({
    issuer: new x509.Name(bytesOf(signer.certificate.subjectDer)),
    thisUpdate,
    nextUpdate,
    signingKey,
    signingAlgorithm,
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(spki(signer.certificate.x509.publicKey)),
      new x509.Extension('2.5.29.20', false, derInteger(number)),
    ],
    entries: entries.map(({ serial, date, reason }) => ({
      serialNumber: serial,
      revocationDate: date,
      extensions: [new x509.Extension('2.5.29.21', false, Uint8Array.of(0x0a, 1, revocationReasons[reason]))],
    })),
  });
  return pemText('X509 CRL', list.rawData);
}

/** Tells whether one of the lists of a PEM text is signed by this authority. */
export async function isListSignedBy(pem: string, authority: CertificateFacts): Promise<boolean> {
  const x509 = await library();
  const blocks = [...pem.matchAll(/-----BEGIN (?:X509 )?CRL-----([^-]*)-----END/g)];
  for (const [, base64 = ''] of blocks) {
    const list = new x509.X509Crl(arrayBuffer(Buffer.from(base64, 'base64')));
    if (await list.verify({ publicKey: new x509.PublicKey(spki(authority.x509.publicKey)) })) return true;
  }
  return false;
}

/** What a request for a certificate asks for. */
export interface CertificateRequest {
  /** DER form of its name. */
  readonly subject: Uint8Array;
  readonly names: readonly string[];
  readonly purposes: readonly LeafPurpose[];
  readonly publicKey: KeyObject;
}

/**
 * Reads a request made elsewhere (PKCS #10 in PEM), and checks that who made it has the key.
 *
 * Only names and purposes are taken from it; what else it asks for, e.g. to be an authority, is not listened to.
 *
 * @throws LibvirtError when it is malformed or not signed by its own key
 */
export async function readRequest(pem: string, file: string): Promise<CertificateRequest> {
  const block = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]*)-----END (?:NEW )?CERTIFICATE REQUEST-----/.exec(
    pem,
  );
  if (block === null) throw failure(`${file} holds no certificate request in PEM form`);
  const x509 = await library();
  let request: X509.Pkcs10CertificateRequest;
  let verified: boolean;
  try {
    request = new x509.Pkcs10CertificateRequest(arrayBuffer(Buffer.from(block[1] ?? '', 'base64')));
    verified = await request.verify();
  } catch (cause) {
    throw failure(`the certificate request ${file} is malformed`, cause);
  }
  if (!verified) throw failure(`the certificate request ${file} is not signed by its own key`);
  const alternative = request.extensions.find((each) => each instanceof x509.SubjectAlternativeNameExtension);
  const usage = request.extensions.find((each) => each instanceof x509.ExtendedKeyUsageExtension);
  const named = alternative?.names.items.filter(({ type }) => type === 'dns' || type === 'ip') ?? [];
  return {
    subject: new Uint8Array(request.subjectName.toArrayBuffer()),
    names: named.map(({ value }) => value),
    purposes: (Object.keys(purposeOids) as LeafPurpose[]).filter((name) => usage?.usages.includes(purposeOids[name])),
    publicKey: createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' }),
  };
}

const purposeOids: Readonly<Record<LeafPurpose, string>> = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
};

let loaded: Promise<typeof X509> | undefined;

// Takes a third of a second, and wants Reflect.metadata to be there before.
function library(): Promise<typeof X509> {
  loaded ??= import('reflect-metadata')
    .then(() => import('@peculiar/x509'))
    // Where it is bundled, its CommonJS form comes, whose names stand one level below.
    .then((module) => ('Name' in module ? module : (module as { readonly default: typeof X509 }).default));
  return loaded;
}

function nameOf(x509: typeof X509, subject: readonly SubjectField[] | Uint8Array): X509.Name {
  if (subject instanceof Uint8Array) return new x509.Name(arrayBuffer(subject));
  return new x509.Name(subject.map(({ type, value }) => ({ [subjectOids[type]]: [stringOf(type, value)] })));
}

function stringOf(type: SubjectField['type'], value: string): X509.JsonAttributeObject {
  if (type === 'DC' || type === 'EMAIL') return { ia5String: value };
  // The choice of GnuTLS: names are compared byte for byte.
  return /^[A-Za-z0-9 '()+,./:=?-]*$/.test(value) ? { printableString: value } : { utf8String: value };
}

// At least 64 bits of chance (CA/Browser Forum), never negative, never beginning with zero.
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

// What Web Crypto wants to know of a key before it signs with it.
function signing(key: KeyObject): { signingKey: webcrypto.CryptoKey; signingAlgorithm: EcdsaAlgorithm } {
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  const curve = namedCurve === undefined ? undefined : curves[namedCurve];
  if (key.asymmetricKeyType === 'ec' && curve !== undefined) {
    const [name, hash] = curve;
    return {
      signingKey: key.toCryptoKey({ name: 'ECDSA', namedCurve: name }, false, ['sign']),
      signingAlgorithm: { name: 'ECDSA', hash },
    };
  }
  if (key.asymmetricKeyType === 'rsa') {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    return { signingKey: key.toCryptoKey(algorithm, false, ['sign']), signingAlgorithm: algorithm };
  }
  if (key.asymmetricKeyType === 'ed25519') {
    return { signingKey: key.toCryptoKey('Ed25519', false, ['sign']), signingAlgorithm: { name: 'Ed25519', hash: '' } };
  }
  throw failure(`cannot sign with a key of the kind ${key.asymmetricKeyType}: EC, RSA and Ed25519 keys can`);
}

interface EcdsaAlgorithm {
  readonly name: string;
  readonly hash: string;
}

const curves: Readonly<Record<string, readonly [name: string, hash: string]>> = {
  prime256v1: ['P-256', 'SHA-256'],
  secp384r1: ['P-384', 'SHA-384'],
  secp521r1: ['P-521', 'SHA-512'],
};

function spki(key: KeyObject): ArrayBuffer {
  return arrayBuffer(key.export({ type: 'spki', format: 'der' }));
}

function bytesOf(hex: string): ArrayBuffer {
  return arrayBuffer(Buffer.from(hex, 'hex'));
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

function derInteger(number: number): Uint8Array<ArrayBuffer> {
  let hex = number.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  if (Number.parseInt(hex.slice(0, 2), 16) >= 0x80) hex = `00${hex}`;
  const bytes = Buffer.from(hex, 'hex');
  return Uint8Array.of(0x02, bytes.length, ...bytes);
}

// The library's own PEM has "CRL" as label, which GnuTLS does not read, and no newline at its end.
function pemText(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
