// How storage names the secrets it needs: logins of a pool (`<auth>`) and the encryption of a volume (`<encryption>`).
import { ErrorCode, LibvirtError } from '@virtwire/rpc/error';
import { badAttribute, missingAttribute, storageUnsupported, storageXmlError } from './storage-values.ts';
import { parseUuid } from './uuid.ts';
import type { XmlElement } from './xml/element.ts';
import type { XmlWriter } from './xml/writer.ts';

/** Where a secret is found: exactly one of the two is set. */
export interface SecretReference {
  uuid: string | null;
  usage: string | null;
}

/** A login at the place where a pool is. */
export interface StorageAuth {
  type: 'chap' | 'ceph';
  username: string;
  /** The type attribute of the secret, null when absent. */
  secretType: string | null;
  secret: SecretReference;
}

/** How a volume is encrypted. */
export interface StorageEncryption {
  format: string;
  engine: 'qemu' | 'librbd' | null;
  secrets: SecretReference[];
  cipher: { name: string; size: number; mode: string | null; hash: string | null } | null;
  ivgen: { name: string; hash: string | null } | null;
}

const authTypes: readonly string[] = ['chap', 'ceph'];
const encryptionFormats: readonly string[] = ['default', 'qcow', 'luks', 'luks2', 'luks-any'];
const engines: readonly string[] = ['qemu', 'librbd'];

/** Reads `<auth>` of a pool source. @throws LibvirtError `XmlError`, `ConfigUnsupported` */
export function parseAuth(node: XmlElement): StorageAuth {
  const username = node.attribute('username');
  if (username === null) throw storageXmlError('missing username for auth');
  const type = node.attribute('type');
  if (type !== null && type !== 'none' && !authTypes.includes(type)) {
    throw storageUnsupported(`unknown auth type '${type}'`);
  }
  const secretNode = node.child('secret');
  if (secretNode === null) throw storageXmlError('Missing <secret> element in auth');
  const secret = parseSecretReference(secretNode);
  if (type === null || type === 'none') throw storageUnsupported('storage pool missing auth type');
  return { type: type as StorageAuth['type'], username, secretType: secretNode.attribute('type'), secret };
}

/** Prints `<auth>`. */
export function formatAuth(writer: XmlWriter, auth: StorageAuth): void {
  writer.open('auth', { type: auth.type, username: auth.username });
  writer.empty('secret', { type: auth.secretType, ...auth.secret });
  writer.close();
}

/** Reads `<encryption>` of a volume. @throws LibvirtError `XmlError`, `ConfigUnsupported` */
export function parseEncryption(node: XmlElement): StorageEncryption {
  const format = node.attribute('format');
  if (format === null) throw storageXmlError('unknown volume encryption format');
  if (!encryptionFormats.includes(format)) throw storageUnsupported(`unknown volume encryption format type ${format}`);
  const engine = node.attribute('engine');
  if (engine !== null && !engines.includes(engine)) throw badAttribute(node, 'engine');
  const encryption: StorageEncryption = {
    format,
    engine: engine as StorageEncryption['engine'],
    secrets: node.children('secret').map(parsePassphrase),
    cipher: null,
    ivgen: null,
  };
  if (format !== 'luks' && format !== 'luks2') return encryption;
  const cipher = node.child('cipher');
  const ivgen = node.child('ivgen');
  if (cipher !== null) encryption.cipher = parseCipher(cipher);
  else if (ivgen !== null) throw storageXmlError('ivgen element found, but cipher is missing');
  if (ivgen !== null) {
    const name = ivgen.attribute('name');
    if (name === null) throw storageXmlError('missing ivgen info name string');
    encryption.ivgen = { name, hash: ivgen.attribute('hash') };
  }
  return encryption;
}

/** Prints `<encryption>`; it is never closed at once, even without children. */
export function formatEncryption(writer: XmlWriter, encryption: StorageEncryption): void {
  writer.open('encryption', { format: encryption.format, engine: encryption.engine });
  for (const secret of encryption.secrets) writer.empty('secret', { type: 'passphrase', ...secret });
  const { cipher, ivgen } = encryption;
  if (cipher !== null) writer.empty('cipher', { ...cipher });
  if (ivgen !== null) writer.empty('ivgen', { ...ivgen });
  writer.close();
}

function parsePassphrase(node: XmlElement): SecretReference {
  const type = node.attribute('type');
  if (type === null) throw storageXmlError('unknown volume encryption secret type');
  if (type !== 'passphrase') throw storageUnsupported(`unknown volume encryption secret type ${type}`);
  return parseSecretReference(node);
}

function parseSecretReference(node: XmlElement): SecretReference {
  const text = node.attribute('uuid');
  const usage = node.attribute('usage');
  if (text === null && usage === null) {
    throw new LibvirtError(ErrorCode.XmlError, 'missing secret uuid or usage attribute');
  }
  if (text !== null && usage !== null)
    throw new LibvirtError(ErrorCode.XmlError, 'either secret uuid or usage expected');
  if (text === null) return { uuid: null, usage };
  const uuid = parseUuid(text);
  if (uuid === null) throw new LibvirtError(ErrorCode.XmlError, `invalid secret uuid '${text}'`);
  return { uuid, usage: null };
}

function parseCipher(node: XmlElement): NonNullable<StorageEncryption['cipher']> {
  const name = node.attribute('name');
  if (name === null) throw storageXmlError("cipher info missing 'name' attribute");
  const size = node.attribute('size');
  if (size === null) throw missingAttribute(node, 'size');
  if (!/^\s*\+?\d{1,10}$/.test(size) || Number(size) > 0xffffffff) {
    throw badAttribute(node, 'size', 'Expected non-negative integer value');
  }
  return { name, size: Number(size), mode: node.attribute('mode'), hash: node.attribute('hash') };
}
