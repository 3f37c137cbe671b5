// The authority on the disk: its certificate, key and revocation list, and what it has issued.
import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CertificateFacts, certificatesOf, Purpose } from '@virtwire/rpc/tls';
import { type Context, shellWord } from './context.ts';
import { failure } from './failure.ts';
import type { Revocation, RevocationReason, Signer } from './certificate-maker.ts';
import type { ChangeSet, FileWrite } from './machine.ts';
import { isEncryptedKey, privateKeyPem, readPrivateKey } from './private-key.ts';
import { readText, requiredText } from './text-file.ts';

/** What a certificate was issued as. */
export type IssuedKind = 'server' | 'client' | 'vnc';

/** File names of certificate and key by kind: those under which libvirt and QEMU look for them. */
export const issuedFiles: Readonly<Record<IssuedKind, { readonly certificate: string; readonly key: string }>> = {
  server: { certificate: 'servercert.pem', key: 'serverkey.pem' },
  client: { certificate: 'clientcert.pem', key: 'clientkey.pem' },
  vnc: { certificate: 'server-cert.pem', key: 'server-key.pem' },
};

/** A certificate that was issued. */
export interface Issued {
  readonly kind: IssuedKind;
  /** Host or user that it is for; names its folder. */
  readonly name: string;
  readonly serial: string;
  readonly facts: CertificateFacts;
  readonly pem: string;
  readonly revocation: Revocation | null;
  /** False when a later one for the same name has taken its place. */
  readonly current: boolean;
}

/** An authority that is there. */
export interface Authority {
  readonly folder: string;
  readonly certificate: CertificateFacts;
  readonly pem: string;
  /** Text of the revocation list; null when none has been written. */
  readonly revocationList: string | null;
  readonly issued: readonly Issued[];
}

/** Paths inside the folder of an authority. */
export function authorityFiles(folder: string) {
  return {
    certificate: join(folder, 'ca', 'cacert.pem'),
    key: join(folder, 'ca', 'cakey.pem'),
    revocationList: join(folder, 'ca', 'cacrl.pem'),
    issued: join(folder, 'issued'),
    revoked: join(folder, 'revoked'),
  };
}

/** Reads the authority of a folder. @throws LibvirtError when there is none, with what to do */
export function readAuthority({ folder, folderOption }: Context): Authority {
  const files = authorityFiles(folder);
  const pem = readText(files.certificate);
  if (pem === null) {
    throw failure(
      `there is no authority in ${folder}: 'virtwire-pki ca create${folderOption}' makes one, --dir names another folder`,
    );
  }
  const [certificate] = certificatesOf(pem);
  if (certificate === undefined) throw failure(`${files.certificate} holds no certificate in PEM form`);
  return {
    folder,
    certificate,
    pem,
    revocationList: readText(files.revocationList),
    issued: readIssued(folder, certificate),
  };
}

/**
 * Reads the key of an authority.
 *
 * @param passphraseFile where its passphrase is; null asks the user when the key is encrypted
 */
export async function readSigner(
  context: Context,
  authority: Authority,
  passphraseFile: string | null,
): Promise<Signer> {
  const path = authorityFiles(authority.folder).key;
  const pem = readText(path);
  if (pem === null) throw failure(`the authority's key ${path} is not there: only the machine that has it can sign`);
  let passphrase: string | undefined;
  if (isEncryptedKey(pem)) {
    passphrase =
      passphraseFile === null ? await context.askSecret(`Passphrase of ${path}: `) : readPassphrase(passphraseFile);
  }
  const key = readPrivateKey(pem, path, passphrase);
  if (!samePublicKey(key, authority.certificate)) {
    throw failure(`the key ${path} does not belong to the certificate beside it`);
  }
  return { certificate: authority.certificate, key };
}

/** Reads a passphrase: the first line of a file. */
export function readPassphrase(file: string): string {
  const line = requiredText(file).split(/\r?\n/)[0] as string;
  if (line === '') throw failure(`${file} holds no passphrase: its first line is empty`);
  return line;
}

/** Tells whether a private key is that of a certificate. */
export function samePublicKey(key: KeyObject, { x509 }: CertificateFacts): boolean {
  return createPublicKey(key).equals(x509.publicKey);
}

/** Tells whether an authority has signed a certificate. */
export function isIssuedBy(facts: CertificateFacts, authority: CertificateFacts): boolean {
  return facts.issuerDer === authority.subjectDer && facts.x509.verify(authority.x509.publicKey);
}

/** Where certificate and key of a name are kept. */
export function issuedPaths(folder: string, kind: IssuedKind, name: string) {
  const own = join(folder, kind, folderName(name));
  return { folder: own, certificate: join(own, issuedFiles[kind].certificate), key: join(own, issuedFiles[kind].key) };
}

/** The changes that add a certificate. @param key null when whoever asked for it keeps it */
export function issueChanges(
  folder: string,
  { kind, name, pem, key }: { kind: IssuedKind; name: string; pem: string; key: KeyObject | null },
): ChangeSet {
  const paths = issuedPaths(folder, kind, name);
  const [facts] = certificatesOf(pem);
  const record: FileWrite = {
    path: join(authorityFiles(folder).issued, `${facts?.serial}.pem`),
    content: `# virtwire-pki: ${kind} ${name}\n${pem}`,
    mode: 0o644,
  };
  return {
    directories: [
      ...privateFolders(folder),
      { path: dirname(paths.folder), mode: 0o700 },
      { path: paths.folder, mode: 0o700 },
    ],
    files: [
      record,
      ...(key === null ? [] : [{ path: paths.key, content: privateKeyPem(key), mode: 0o600 }]),
      { path: paths.certificate, content: pem, mode: 0o644 },
    ],
  };
}

/** The folders that every authority has. */
export function privateFolders(folder: string): ChangeSet['directories'] {
  const { issued, revoked } = authorityFiles(folder);
  return [folder, join(folder, 'ca'), issued, revoked].map((path) => ({ path, mode: 0o700 }));
}

/** The change that notes a revocation. */
export function revocationFile(folder: string, { serial, date, reason }: Revocation): FileWrite {
  const content = `${JSON.stringify({ serial, date: date.toISOString(), reason })}\n`;
  return { path: join(authorityFiles(folder).revoked, `${serial}.json`), content, mode: 0o644 };
}

/**
 * Finds what a word of the user means: the name or serial number of something issued, or a file with its certificate.
 *
 * @param kinds which kinds it may be
 * @returns the current one of a name
 * @throws LibvirtError when there is none, or more than one
 */
export function findIssued(authority: Authority, word: string, kinds?: readonly IssuedKind[]): Issued {
  const fitting = authority.issued.filter(({ kind }) => kinds === undefined || kinds.includes(kind));
  const serial = word.toLowerCase().replaceAll(':', '');
  const bySerial = fitting.find((each) => each.serial === serial);
  if (bySerial !== undefined) return bySerial;
  const byName = fitting.filter(({ name, current }) => name === word && current);
  if (byName.length > 1) {
    const which = byName.map((each) => `${each.serial} (${each.kind})`).join(', ');
    throw failure(`'${word}' is the name of more than one certificate, say which by its serial number: ${which}`);
  }
  if (byName[0] !== undefined) return byName[0];
  const pem = existsSync(word) ? readText(word) : null;
  const [facts] = pem === null ? [] : certificatesOf(pem);
  const byFile = fitting.find((each) => each.serial === facts?.serial);
  if (byFile !== undefined) return byFile;
  throw failure(
    facts === undefined
      ? `this authority has issued nothing for '${word}'; 'virtwire-pki list --dir ${shellWord(authority.folder)}' shows what it has`
      : `the certificate in ${word} was not issued by this authority`,
  );
}

// What another authority issued, whose place this one has taken, is none of ours.
function readIssued(folder: string, authority: CertificateFacts): Issued[] {
  const { issued, revoked } = authorityFiles(folder);
  const all = namesIn(issued, '.pem').flatMap((file) => {
    const text = requiredText(join(issued, file));
    const [facts] = certificatesOf(text);
    return facts === undefined || !isIssuedBy(facts, authority) ? [] : [{ text, facts }];
  });
  all.sort((a, b) => a.facts.notBefore.getTime() - b.facts.notBefore.getTime());
  const revocations = new Map(
    namesIn(revoked, '.json').map((file) => {
      const revocation = readRevocation(join(revoked, file));
      return [revocation.serial, revocation];
    }),
  );
  const labelled = all.map(({ text, facts }) => ({
    ...labelOf(text, facts),
    facts,
    pem: text.slice(text.indexOf('-----')),
  }));
  const atPlace = new Map(
    labelled.map(({ kind, name, facts }) => [`${kind} ${name}`, placedSerial(folder, kind, name) ?? facts.serial]),
  );
  return labelled.map((each) => ({
    ...each,
    serial: each.facts.serial,
    revocation: revocations.get(each.facts.serial) ?? null,
    current: atPlace.get(`${each.kind} ${each.name}`) === each.facts.serial,
  }));
}

// The certificate that lies in the folder of a name is the current one, whatever its dates say.
function placedSerial(folder: string, kind: IssuedKind, name: string): string | null {
  const pem = readText(issuedPaths(folder, kind, name).certificate);
  const [facts] = pem === null ? [] : certificatesOf(pem);
  return facts?.serial ?? null;
}

function labelOf(text: string, facts: CertificateFacts): { kind: IssuedKind; name: string } {
  const [, kind, name] = /^# virtwire-pki: (server|client|vnc) (.+)$/m.exec(text) ?? [];
  if (kind !== undefined && name !== undefined) return { kind: kind as IssuedKind, name };
  const serves = facts.purposes?.oids.includes(Purpose.TlsServer) ?? false;
  return { kind: serves ? 'server' : 'client', name: facts.commonNames[0] ?? facts.serial };
}

function readRevocation(path: string): Revocation {
  try {
    const { serial, date, reason } = JSON.parse(requiredText(path)) as Record<string, string>;
    const parsed = new Date(date ?? '');
    if (serial === undefined || reason === undefined || Number.isNaN(parsed.getTime())) throw new TypeError('fields');
    return { serial, date: parsed, reason: reason as RevocationReason };
  } catch (cause) {
    // Without it a list would be written that trusts a revoked certificate again.
    throw failure(`${path} is malformed: it notes a revocation and has to be put right first`, cause);
  }
}

function namesIn(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.endsWith(ending));
}

/** The folders of an authority in which files change. */
export function authorityFolders(folder: string): string[] {
  const { issued, revoked } = authorityFiles(folder);
  const named = (['server', 'client', 'vnc'] as const).flatMap((kind) => {
    const place = join(folder, kind);
    return existsSync(place) ? readdirSync(place).map((name) => join(place, name)) : [];
  });
  return [join(folder, 'ca'), issued, revoked, ...named];
}

// Any name becomes one plain word without a leading dot.
function folderName(name: string): string {
  if (name === '' || name.length > 200) throw failure(`'${name.slice(0, 40)}' is no name for a certificate`);
  const encoded = encodeURIComponent(name).replaceAll('%40', '@').replaceAll('%3A', ':').replaceAll('%20', ' ');
  return encoded.startsWith('.') ? `%2E${encoded.slice(1)}` : encoded;
}
