// The messages of DIGEST-MD5 (RFC 2831, section 7.1): lists of name=value, quoted or not.
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const EQUALS = 0x3d;

/**
 * Reads the values of every directive by its name in lower case; a directive may repeat.
 *
 * @param text a character for each byte
 * @returns null when it is not such a list
 */
export function parseDirectives(text: string): ReadonlyMap<string, readonly string[]> | null {
  const found = new Map<string, string[]>();
  let at = 0;
  const skipBlanks = () => {
    while (at < text.length && isBlank(text.charCodeAt(at))) at++;
  };
  for (;;) {
    skipBlanks();
    while (text.charCodeAt(at) === COMMA) {
      at++;
      skipBlanks();
    }
    if (at >= text.length) return found;
    const nameAt = at;
    while (at < text.length && isToken(text.charCodeAt(at))) at++;
    const name = text.slice(nameAt, at).toLowerCase();
    skipBlanks();
    if (name === '' || text.charCodeAt(at) !== EQUALS) return null;
    at++;
    skipBlanks();
    let value = '';
    if (text.charCodeAt(at) === QUOTE) {
      const end = quotedEnd(text, at);
      if (end < 0) return null;
      value = text.slice(at + 1, end).replace(/\\(.)/gs, '$1');
      at = end + 1;
    } else {
      const valueAt = at;
      while (at < text.length && isToken(text.charCodeAt(at))) at++;
      if (at === valueAt) return null;
      value = text.slice(valueAt, at);
    }
    const values = found.get(name);
    if (values === undefined) found.set(name, [value]);
    else values.push(value);
    skipBlanks();
    if (at < text.length && text.charCodeAt(at) !== COMMA) return null;
  }
}

/** A value in quotes. */
export function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

function quotedEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return -1;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}

// The characters of a token in RFC 2831, and those above ASCII, which Cyrus passes.
function isToken(code: number): boolean {
  return code > 0x20 && code !== 0x7f && !'()<>@,;:\\"/[]?={}'.includes(String.fromCharCode(code));
}
