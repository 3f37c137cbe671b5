// The names that a certificate is made out to: fields of its distinguished name, and names of hosts.
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { failure } from './failure.ts';

/** One field of a distinguished name. */
export interface SubjectField {
  readonly type: SubjectType;
  readonly value: string;
}

/** Short names of the fields that can be set. */
export type SubjectType = keyof typeof subjectOids;

/** Dotted numbers by short name, in the order in which certtool puts a name together: lists of allowed names depend on it. */
export const subjectOids = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  EMAIL: '1.2.840.113549.1.9.1',
} as const;

/**
 * Puts fields in the usual order (that of certtool) and checks them.
 *
 * @throws LibvirtError for a value that the field cannot take
 */
export function orderedSubject(fields: readonly SubjectField[]): SubjectField[] {
  for (const { type, value } of fields) {
    if (value === '') throw failure(`the field ${type} of the distinguished name is empty`);
    // GnuTLS prints a text with control characters as hexadecimal digits, which no list of names would match.
    if (/\p{Cc}/u.test(value)) throw failure(`the field ${type} of the distinguished name has a control character`);
    if (type === 'C' && !/^[A-Z]{2}$/.test(value)) throw failure(`'${value}' is no country: two capital letters are`);
    if ((type === 'DC' || type === 'EMAIL') && !/^[\x20-\x7e]+$/.test(value)) {
      throw failure(`the field ${type} of the distinguished name takes ASCII only`);
    }
    // Upper bounds of RFC 5280; GnuTLS and OpenSSL refuse longer ones.
    const longest = type === 'EMAIL' || type === 'UID' ? 255 : 64;
    if (Array.from(value).length > longest && type !== 'DC') {
      throw failure(`the field ${type} of the distinguished name is longer than ${longest} characters`);
    }
  }
  const order = Object.keys(subjectOids);
  return fields.toSorted((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
}

/** Names of a host as a certificate lists them. */
export interface HostNames {
  readonly dns: readonly string[];
  readonly addresses: readonly string[];
}

/**
 * Sorts names and addresses of hosts.
 *
 * Names become ASCII (`bücher` is `xn--bcher-kva`), brackets around IPv6 addresses go, doubles go.
 *
 * @throws LibvirtError for what is neither
 */
export function hostNames(given: readonly string[]): HostNames {
  const dns = new Set<string>();
  const addresses = new Set<string>();
  for (const name of given) {
    const bare = /^\[.*\]$/.test(name) ? name.slice(1, -1) : name;
    if (isIP(bare) !== 0) {
      if (bare.includes('%')) throw failure(`'${name}' names a link of this machine, which a certificate cannot`);
      addresses.add(bare);
      continue;
    }
    // What means something in a URL would be cut off when the name is made ASCII.
    const plain = !/[\s/\\?#@:%<>^|`{}[\]"]/.test(name);
    const wildcard = name.startsWith('*.') ? '*.' : '';
    const ascii = domainToASCII(name.slice(wildcard.length).replace(/\.$/, ''));
    if (!plain || !/^(?!.*\.\.)[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/.test(ascii) || /^[\d.]+$/.test(ascii)) {
      throw failure(`'${name}' is neither the name nor the address of a host`);
    }
    dns.add(wildcard + ascii);
  }
  return { dns: [...dns], addresses: [...addresses] };
}
