// Rules for single values of a domain definition: sizes, sets, hexadecimal numbers, aliases.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import { formatCpuSet, parseCpuSet } from './cpu-set.ts';
import { parseUint64, scaleInteger } from './units.ts';
import type { XmlElement } from './xml/element.ts';
import { type ValueRule, xmlError } from './xml/shape.ts';

/**
 * The size an element states, in bytes.
 *
 * @param place how errors name the element
 * @param scale what one is without a `unit`, in bytes
 * @throws LibvirtError `XmlError` for what is no number, `InvalidArg` for an unknown unit, `Overflow`
 * @see virParseScaledValue
 */
export function scaledBytes(text: string, unit: string | null, place: string, scale: bigint): bigint {
  const value = parseUint64(text);
  if (value === null) throw xmlError(`Invalid value '${text}' for element or attribute '${place}'`);
  return scaleInteger(value, unit, scale);
}

/** The same in KiB, rounded up, as all memory sizes are kept (virDomainParseMemory). */
export function scaledKiB(text: string, unit: string | null, place: string): bigint {
  return (scaledBytes(text, unit, place, 1024n) + 1023n) / 1024n;
}

/** A number in decimal, octal or hexadecimal notation, null if it is none (virStrToLong with base 0). */
export function parseInteger(text: string): number | null {
  const match = /^\s*(?:0[xX]([0-9a-fA-F]{1,8})|0([0-7]{1,11})|([0-9]{1,10}))$/.exec(text);
  if (match === null) return null;
  if (match[1] !== undefined) return Number.parseInt(match[1], 16);
  return match[2] !== undefined ? Number.parseInt(match[2], 8) : Number(match[3]);
}

function hexRule(digits: number): ValueRule {
  return (text, where, name) => {
    const value = parseInteger(text);
    if (value === null) {
      throw xmlError(
        `Invalid value for attribute '${name}' in element '${where.name}': '${text}'. Expected non-negative integer value`,
      );
    }
    return `0x${value.toString(16).padStart(digits, '0')}`;
  };
}

/** Value rules of domain definitions, by the names the rows use. */
export const domainValues: Readonly<Record<string, ValueRule>> = {
  cpuset: (text) => formatCpuSet(parseCpuSet(text)) || null,
  kib: (text, where) => scaledKiB(text, where.attribute('unit'), `./${where.name}`).toString(),
  bytes: (text, where) => scaledBytes(text, where.attribute('unit'), `./${where.name}`, 1n).toString(),
  hex: hexRule(1),
  hex1: hexRule(1),
  hex2: hexRule(2),
  hex4: hexRule(4),
  // Aliases the user did not choose are made anew at each start.
  'user-alias': (text) => (/^ua-[A-Za-z0-9_-]+$/.test(text) ? text : null),
};

/** An error of the domain code, as domain_conf.c raises it. */
export function domainError(code: number, detail: string | null): LibvirtError {
  return new LibvirtError(code, detail, { domain: ErrorDomain.Domain });
}

/** `XML error: ...` of the domain code. */
export function domainXmlError(detail: string): LibvirtError {
  return domainError(ErrorCode.XmlError, detail);
}

/** `unsupported configuration: ...` of the domain code. */
export function unsupported(detail: string): LibvirtError {
  return domainError(ErrorCode.ConfigUnsupported, detail);
}

/** A number of a list element, for comparing indexes: the attribute's, or the default. */
export function numberAttribute(element: XmlElement | null, name: string, otherwise: number): number {
  const text = element?.attribute(name);
  return text === null || text === undefined ? otherwise : (parseInteger(text) ?? otherwise);
}
