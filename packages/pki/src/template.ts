// Templates of certtool (*.info): what they say of names, dates and purposes.
import { failure } from './failure.ts';
import { requiredText } from './text-file.ts';
import type { LeafPurpose } from './certificate-maker.ts';
import type { SubjectField, SubjectType } from './subject.ts';

/** What a template says. */
export interface Template {
  readonly fields: readonly SubjectField[];
  /** Names and addresses of hosts. */
  readonly hosts: readonly string[];
  /** Days that the certificate is to last; null when it does not say. */
  readonly days: number | null;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
  readonly purposes: readonly LeafPurpose[];
  /** True when it is for an authority. */
  readonly ca: boolean;
  /** Settings that are not followed, for a remark. */
  readonly ignored: readonly string[];
}

/** Longest template that is read, in characters. */
const MAX_TEMPLATE = 1024 * 1024;

/** Reads the template of a file. @param path null for no template @throws LibvirtError with file and line */
export function readTemplate(path: string | null): Template {
  return parseTemplate(path === null ? '' : requiredText(path), path ?? '');
}

/**
 * Reads the text of a template, as certtool does: one setting a line, quotes around values optional, `#` at the beginning
 * of a line for remarks.
 *
 * @param path for error texts
 */
export function parseTemplate(text: string, path: string): Template {
  if (text.length > MAX_TEMPLATE) throw failure(`the template ${path} is longer than ${MAX_TEMPLATE} characters`);
  const draft: Draft = {
    fields: [],
    hosts: [],
    days: null,
    notBefore: null,
    notAfter: null,
    purposes: [],
    ca: false,
    ignored: [],
  };
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#')) continue;
    const [, key = '', rest = ''] = /^([A-Za-z0-9_]+)\s*=?\s*(.*)$/.exec(bare) ?? [];
    const place = `${path}:${index + 1}`;
    if (key === '') throw failure(`${place}: this is no setting of a template`);
    const setting = Object.hasOwn(settings, key) ? settings[key] : undefined;
    if (setting === undefined) draft.ignored.push(key);
    else setting(draft, unquoted(rest), place);
  }
  return draft;
}

interface Draft extends Template {
  fields: SubjectField[];
  hosts: string[];
  days: number | null;
  notBefore: Date | null;
  notAfter: Date | null;
  purposes: LeafPurpose[];
  ca: boolean;
  ignored: string[];
}

type Setting = (draft: Draft, value: string, place: string) => void;

// What every certificate of ours has anyway, or has by other means.
const nothing: Setting = () => {};

const settings: Readonly<Record<string, Setting | undefined>> = {
  country: field('C'),
  state: field('ST'),
  locality: field('L'),
  organization: field('O'),
  unit: field('OU'),
  cn: field('CN'),
  uid: field('UID'),
  dc: field('DC'),
  pkcs9_email: field('EMAIL'),
  dn: (draft, value, place) => {
    // Written as LDAP does, the last field first; in the certificate it stands the other way round.
    draft.fields.push(...parseLdapName(value, place).reverse());
  },
  dns_name: host,
  ip_address: host,
  expiration_days: (draft, value, place) => {
    if (!/^(-1|[1-9]\d{0,5})$/.test(value))
      throw failure(`${place}: expiration_days wants a number of days, not '${value}'`);
    if (value === '-1') draft.notAfter = new Date('9999-12-31T23:59:59Z');
    else draft.days = Number(value);
  },
  activation_date: (draft, value, place) => {
    draft.notBefore = date(value, place);
  },
  expiration_date: (draft, value, place) => {
    draft.notAfter = date(value, place);
  },
  tls_www_server: (draft) => void draft.purposes.push('server'),
  tls_www_client: (draft) => void draft.purposes.push('client'),
  ca: (draft) => {
    draft.ca = true;
  },
  cert_signing_key: nothing,
  crl_signing_key: nothing,
  signing_key: nothing,
  encryption_key: nothing,
};

function field(type: SubjectType): Setting {
  return (draft, value) => void draft.fields.push({ type, value });
}

function host(draft: Draft, value: string): void {
  draft.hosts.push(value);
}

// certtool takes any date that GNU date does; these are the forms that say exactly one moment.
function date(value: string, place: string): Date {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?(?: ?(?:UTC|Z))?$/.exec(value);
  const parsed = new Date(match === null ? '' : `${match[1]}T${match[2] ?? '00:00:00'}Z`);
  if (Number.isNaN(parsed.getTime())) throw failure(`${place}: '${value}' is no date of the form 2030-12-31 23:59:59`);
  return parsed;
}

const ldapTypes: Readonly<Record<string, SubjectType | undefined>> = {
  c: 'C',
  st: 'ST',
  l: 'L',
  o: 'O',
  ou: 'OU',
  cn: 'CN',
  uid: 'UID',
  dc: 'DC',
  email: 'EMAIL',
};

function parseLdapName(text: string, place: string): SubjectField[] {
  const parts = text.match(/(?:\\.|[^,\\])+/g) ?? [];
  return parts.map((part) => {
    const [, name = '', value = ''] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/s.exec(part) ?? [];
    const lower = name.toLowerCase();
    const type = Object.hasOwn(ldapTypes, lower) ? ldapTypes[lower] : undefined;
    if (type === undefined) throw failure(`${place}: the field '${name}' of a distinguished name is not known`);
    return { type, value: value.replace(/\\(.)/gs, '$1') };
  });
}

function unquoted(value: string): string {
  const quote = value[0];
  if ((quote === '"' || quote === "'") && value.length >= 2 && value.endsWith(quote)) return value.slice(1, -1);
  return value;
}
