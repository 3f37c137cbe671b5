// Values that storage XML is made of: sizes with a unit, permissions, paths, and what is said when they are wrong.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import { parseUint64, scaleInteger } from './units.ts';
import type { XmlElement } from './xml/element.ts';
import type { XmlWriter } from './xml/writer.ts';

/** Owner and mode of a file; null means that nothing is said. */
export interface StoragePermissions {
  /** Permission bits. */
  mode: number | null;
  /** User id. */
  owner: number | null;
  /** Group id. */
  group: number | null;
  /** Security label. */
  label: string | null;
}

/** Permissions that say nothing. */
export function noPermissions(): StoragePermissions {
  return { mode: null, owner: null, group: null, label: null };
}

/** An error of storage XML; `detail` follows `XML error: `. */
export function storageXmlError(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.XmlError, detail, { domain: ErrorDomain.Storage });
}

/** An error of storage XML that asks for what does not exist; `detail` follows `unsupported configuration: `. */
export function storageUnsupported(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.ConfigUnsupported, detail, { domain: ErrorDomain.Storage });
}

/**
 * Reads `<permissions>`.
 *
 * @param node null when the XML has none
 * @throws LibvirtError `XmlError` for a mode beyond 0777 or ids that are not whole numbers
 */
export function parsePermissions(node: XmlElement | null): StoragePermissions {
  if (node === null) return noPermissions();
  const mode = node.childText('mode');
  if (mode !== null && !/^[ \t\n\v\f\r]*\+?0*[0-7]{1,3}$/.test(mode)) throw storageXmlError('malformed octal mode');
  return {
    mode: mode === null ? null : Number.parseInt(mode, 8),
    owner: parseId(node, 'owner'),
    group: parseId(node, 'group'),
    label: node.childText('label'),
  };
}

/** Prints `<permissions>`, or nothing when they say nothing. */
export function formatPermissions(writer: XmlWriter, permissions: StoragePermissions): void {
  const { mode, owner, group, label } = permissions;
  if (mode === null && owner === null && group === null && label === null) return;
  writer.open('permissions');
  writer.leaf('mode', mode === null ? null : `0${mode.toString(8)}`);
  // Printed as a signed number, as libvirt does.
  writer.leaf('owner', owner === null ? null : owner | 0);
  writer.leaf('group', group === null ? null : group | 0);
  writer.leaf('label', label);
  writer.close();
}

// An id is read by XPath's number(): blanks around it are skipped, 5.0 is 5, and -1 says nothing.
function parseId(node: XmlElement, name: string): number | null {
  const child = node.child(name);
  if (child === null) return null;
  const text = child.text.trim();
  const value = /^-?(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isInteger(value) || value < -1 || value > 0xffffffff) throw storageXmlError(`malformed ${name} element`);
  return value === -1 || value === 0xffffffff ? null : value;
}

const maxFileSize = 2n ** 63n - 1n;

/**
 * Reads a size with its unit.
 *
 * @param unit null or empty for bytes
 * @returns bytes, at most what a file can have
 * @throws LibvirtError `XmlError` when `text` is no number, `InvalidArg` for an unknown unit, `Overflow`
 */
export function parseStorageSize(text: string, unit: string | null): bigint {
  const value = parseUint64(text);
  if (value === null) throw storageXmlError('malformed capacity element');
  return scaleInteger(value, unit, 1n, maxFileSize);
}

/** As {@link parseStorageSize}, for `<clusterSize>`, whose error text names the element. */
export function parseClusterSize(text: string, unit: string | null): bigint {
  const value = parseUint64(text);
  if (value !== null) return scaleInteger(value, unit, 1n);
  const place = "element or attribute './target/clusterSize'";
  throw new LibvirtError(ErrorCode.XmlError, `Invalid value '${text}' for ${place}`, { domain: ErrorDomain.Xml });
}

/**
 * Drops doubled and trailing slashes of a path. Two leading slashes, no more, stay: POSIX gives them a meaning.
 *
 * @see virFileSanitizePath
 */
export function sanitizePath(path: string): string {
  const root = /^\/\/(?!\/)/.test(path) ? '//' : path.startsWith('/') ? '/' : '';
  return root + path.replace(/^\/+/, '').replace(/\/+/g, '/').replace(/\/$/, '');
}

/** The error of an attribute whose value is not one of its values. */
export function badAttribute(node: XmlElement, attribute: string, expected = ''): LibvirtError {
  const value = node.attribute(attribute) ?? '';
  return new LibvirtError(
    ErrorCode.XmlError,
    `Invalid value for attribute '${attribute}' in element '${node.name}': '${value}'.${expected === '' ? '' : ` ${expected}`}`,
    { domain: ErrorDomain.Xml },
  );
}

/** The error of a required attribute that is absent. */
export function missingAttribute(node: XmlElement, attribute: string): LibvirtError {
  return new LibvirtError(ErrorCode.XmlError, `Missing required attribute '${attribute}' in element '${node.name}'`, {
    domain: ErrorDomain.Xml,
  });
}

/** Reads an attribute that is `yes`, `no` or absent (null). */
export function parseYesNo(node: XmlElement, attribute: string): boolean | null {
  const value = node.attribute(attribute);
  if (value === null) return null;
  if (value !== 'yes' && value !== 'no') throw badAttribute(node, attribute);
  return value === 'yes';
}

/** Prints what {@link parseYesNo} read. */
export function formatYesNo(value: boolean | null): string | null {
  return value === null ? null : value ? 'yes' : 'no';
}
