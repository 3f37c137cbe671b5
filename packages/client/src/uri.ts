// Connection URIs: RFC 3986 as libxml2 reads it, libvirt's driver+transport scheme, and the form that the server is given.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';

/** One parameter of a URI. */
export interface UriQueryParameter {
  readonly name: string;
  readonly value: string;
  /** The value as it is sent on: percent-escaped in libvirt's way. */
  readonly escaped: string;
}

/** A connection URI in its parts. */
export interface ConnectionUri {
  /** Scheme before the `+`, e.g. `qemu`. */
  readonly driver: string;
  /** Scheme after the `+`, in lower case; null when there is none. */
  readonly transport: string | null;
  /** The scheme as it was written. */
  readonly scheme: string;
  /** User name, unescaped. */
  readonly user: string | null;
  /** Host name or address, unescaped and without brackets; null when there is none. */
  readonly host: string | null;
  /** 0 when there is none. */
  readonly port: number;
  /** Path, unescaped. */
  readonly path: string;
  readonly parameters: readonly UriQueryParameter[];
  /** The query as it was written; null when there is none. */
  readonly query: string | null;
  /** Fragment, escaped; null when there is none. */
  readonly fragment: string | null;
  /** User, escaped. */
  readonly escapedUser: string | null;
  /** Path, escaped. */
  readonly escapedPath: string;
}

// Character classes of RFC 3986, as libxml2 has them (xmlParse3986URIReference).
const UNRESERVED = 'A-Za-z0-9\\-._~';
const SUB_DELIMS = "!$&'()*+,;=";
const ESCAPED = '%[0-9A-Fa-f]{2}';
const pathChar = `(?:[${UNRESERVED}${SUB_DELIMS}:@]|${ESCAPED})`;

const syntax = new RegExp(
  [
    '^(?<scheme>[A-Za-z][A-Za-z0-9+\\-.]*):',
    `(?://(?:(?<user>(?:[${UNRESERVED}${SUB_DELIMS}:]|${ESCAPED})*)@)?`,
    `(?:\\[(?<address>[^\\]]*)\\]|(?<host>(?:[${UNRESERVED}${SUB_DELIMS}]|${ESCAPED})*))`,
    '(?::(?<port>[0-9]+))?(?=[/?#]|$)|(?!//))',
    `(?<path>(?:${pathChar}|/)*)`,
    `(?:\\?(?<query>(?:${pathChar}|[/?])*))?`,
    `(?:#(?<fragment>(?:${pathChar}|[/?[\\]])*))?$`,
  ].join(''),
);
// Without a scheme, a colon may stand only behind a slash.
const relative = new RegExp(
  `^(?!//|[^/?#]*:)(?:${pathChar}|/)*(?:\\?(?:${pathChar}|[/?])*)?(?:#(?:${pathChar}|[/?[\\]])*)?$`,
);

// What xmlSaveUri leaves as it is in each part, and virBufferURIEncodeString in values.
const MARKS = "A-Za-z0-9\\-._~!*'()";
const keptInUser = new RegExp(`^[${MARKS};:&=+$,]*$`);
const keptInPath = new RegExp(`^[${MARKS}/;@&=+$,]*$`);
const keptInFragment = new RegExp(`^[${MARKS};/?:@&=+$,[\\]]*$`);
const keptInValue = /^[A-Za-z0-9\-._~]*$/;

const MAX_PORT = 2_147_483_647;
// Longer ones are no URIs; a limit keeps hostile text from costing time.
const MAX_URI_CHARS = 65_536;

/**
 * Reads a connection URI.
 *
 * @throws LibvirtError `InternalError` when it is no URI, `NoConnect` when it names no driver; texts are libvirt's.
 * @see virURIParse
 */
export function parseUri(text: string): ConnectionUri {
  const groups = text.length > MAX_URI_CHARS ? undefined : syntax.exec(text)?.groups;
  if (groups === undefined) {
    if (text.length <= MAX_URI_CHARS && relative.test(text)) throw noDriver(text);
    throw unparsable(text);
  }
  const { scheme = '', user, address, host, port, path = '', query, fragment } = groups;
  // A NUL would end the C strings of the other side early; libvirt's client stops reading there.
  if (/%00/.test(text) || Number(port ?? 0) > MAX_PORT) throw unparsable(text);
  const plus = scheme.indexOf('+');
  return {
    scheme,
    driver: plus < 0 ? scheme : scheme.slice(0, plus),
    transport: plus < 0 ? null : scheme.slice(plus + 1).toLowerCase(),
    user: user === undefined ? null : unescape(user),
    host: address !== undefined ? unescape(address) : host === undefined || host === '' ? null : unescape(host),
    port: Number(port ?? 0),
    path: unescape(path),
    parameters: parseQuery(query ?? ''),
    query: query ?? null,
    fragment: fragment === undefined ? null : normalize(fragment, keptInFragment),
    escapedUser: user === undefined ? null : normalize(user, keptInUser),
    escapedPath: normalize(path, keptInPath),
  };
}

/** Writes a URI as libvirt shows it (`virsh uri`). @see virURIFormat */
export function formatUri(uri: ConnectionUri): string {
  const { scheme, host, port, escapedUser, escapedPath, query, fragment } = uri;
  const user = escapedUser !== null && (host !== null || port === 0) ? `${escapedUser}@` : '';
  const name = host === null ? '' : host.includes(':') ? `[${host}]` : host;
  const place = host === null || port === 0 ? '' : `:${port}`;
  return `${scheme}://${user}${name}${place}${escapedPath}${optional('?', query)}${optional('#', fragment)}`;
}

/**
 * Gives the URI that the other side is asked to open: no transport, user, host, port, and none of the client's own parameters.
 *
 * @param taken says which parameters are the client's own
 */
export function remoteUri(uri: ConnectionUri, taken: (parameter: UriQueryParameter) => boolean): string {
  // The daemon is to choose by itself (doRemoteOpen).
  if (uri.driver === 'remote') return '';
  const kept = uri.parameters.filter((parameter) => !taken(parameter));
  const query = kept.map(({ name, escaped }) => `${name}=${escaped}`).join('&');
  return `${uri.driver}://${uri.escapedPath}${query === '' ? '' : `?${query}`}${optional('#', uri.fragment)}`;
}

/** The error of a text that names no driver. @param text what the user gave, null when nothing was given */
export function noDriver(text: string | null): LibvirtError {
  return new LibvirtError(ErrorCode.NoConnect, `URI '${text ?? '(null)'}' does not include a driver name`);
}

function unparsable(text: string): LibvirtError {
  return new LibvirtError(ErrorCode.InternalError, `Unable to parse URI ${text}`, { domain: ErrorDomain.Uri });
}

function optional(mark: string, text: string | null): string {
  return text === null ? '' : mark + text;
}

// virURIParseParams: `&` separates, and `;` behind the last one; a name without `=` has an empty value, an empty name is
// skipped.
function parseQuery(query: string): UriQueryParameter[] {
  const parameters: UriQueryParameter[] = [];
  const parts = query.split('&');
  const last = parts.pop() ?? '';
  for (const part of [...parts, ...last.split(';')]) {
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (name === '') continue;
    const value = equals < 0 ? '' : part.slice(equals + 1);
    parameters.push({ name: unescape(name), value: unescape(value), escaped: normalize(value, keptInValue) });
  }
  return parameters;
}

// Escapes hold bytes, which need not be UTF-8.
function unescape(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = Uint8Array.from(text.match(/%..|[^%]/g) ?? [], (part) =>
    part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0),
  );
  return new TextDecoder().decode(bytes);
}

// Escapes exactly what is not kept, whichever way it was written.
function normalize(text: string, kept: RegExp): string {
  if (kept.test(text)) return text;
  return text.replace(/%..|[^%]/g, (part) => {
    const char = part.length === 3 ? String.fromCharCode(Number.parseInt(part.slice(1), 16)) : part;
    return kept.test(char) ? char : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}
