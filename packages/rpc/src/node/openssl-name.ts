// Distinguished names in the spellings of openssl, which people paste where libvirt wants that of GnuTLS.

/** Types that GnuTLS has other names for. */
const renamed: Readonly<Record<string, string>> = { emailAddress: 'EMAIL', GN: 'givenName', SN: 'surName' };

const TYPE = String.raw`(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)`;
/** `C = GB, O = "Acme, Inc."`, and without blanks around the signs since 3.2. */
const ONE_LINE = new RegExp(`^${TYPE} = |(?<!\\\\), ${TYPE} ?= ?`);
const ATTRIBUTE = new RegExp(
  String.raw`(${TYPE}) ?= ?(?:"((?:[^"\\]|\\.)*)"|(.*?))(, | \+ (?=${TYPE} ?=)|$)(?=${TYPE} ?=|$)`,
  'sy',
);

/**
 * The same name, or pattern of names, in the spelling of GnuTLS: `C=GB,O=Acme,CN=client1`.
 *
 * @returns null for a text that is not in a spelling of openssl
 */
export function fromOpensslSpelling(pattern: string): string | null {
  const text = pattern.trim().replace(/^subject ?= ?/, '');
  if (text.startsWith('/')) return fromSlashes(text);
  if (ONE_LINE.test(text)) return fromOneLine(text);
  return pattern.trim() === text ? null : text;
}

// `/C=GB/O=Acme, Inc.`: a slash in a value is told from the next attribute by what follows it only.
function fromSlashes(text: string): string | null {
  const parts = text.slice(1).split(new RegExp(`/(?=${TYPE}=)`));
  const attributes = parts.map((part) => {
    const [, type, value] = new RegExp(`^(${TYPE})=(.*)$`, 's').exec(part) ?? [];
    return type === undefined || value === undefined ? null : attribute(type, withBytes(value, SLASH_ESCAPE));
  });
  return attributes.includes(null) ? null : attributes.join(',');
}

function fromOneLine(text: string): string | null {
  const sticky = new RegExp(ATTRIBUTE);
  let name = '';
  while (sticky.lastIndex < text.length) {
    const [, type, quoted, plain = '', end = ''] = sticky.exec(text) ?? [];
    if (type === undefined) return null;
    name += attribute(type, withBytes(quoted ?? plain, LINE_ESCAPE));
    name += end === ', ' ? ',' : end === '' ? '' : '+';
  }
  return name;
}

/** `\xC3` for a byte that is no printable sign of ASCII; a backslash stands for itself. */
const SLASH_ESCAPE = /((?:\\x(?:[01][0-9A-F]|7F|[89A-F][0-9A-F]))+)/g;
/** `\C3` for such a byte, and a backslash in front of signs. */
const LINE_ESCAPE = /((?:\\[0-9A-Fa-f]{2})+)|\\([^0-9A-Za-z])/g;

// Bytes that are no UTF-8 stay as they were printed, which matches nobody.
function withBytes(value: string, escapes: RegExp): string {
  return value.replaceAll(escapes, (whole: string, bytes: string | undefined, sign: unknown) => {
    if (bytes === undefined) return String(sign);
    const codes = bytes.split(/\\x?/).slice(1);
    try {
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      return text.decode(Uint8Array.from(codes, (code) => Number.parseInt(code, 16)));
    } catch {
      return whole;
    }
  });
}

// RFC 4514, as GnuTLS does it; what a pattern leaves open stays as it is.
function attribute(type: string, value: string): string {
  const name = Object.hasOwn(renamed, type) ? renamed[type] : type;
  return `${name}=${value.replace(/[,+"\\<>;]/g, '\\$&')}`;
}
