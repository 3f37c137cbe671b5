// A strict one-pass reader for plain XML; whatever it does not know to be well-formed it leaves to libxml2.
import { XmlElement, type XmlNode } from './element.ts';

/** Deeper documents are refused (libxml2 2.9 raises its error when more than xmlParserMaxDepth, 256, are open). */
const maxDepth = 257;
/** Longer names, texts and attribute values are libxml2's to judge (XML_MAX_TEXT_LENGTH, XML_MAX_NAME_LENGTH). */
const maxText = 10_000_000;
const maxName = 50_000;

// What may start a name (1) and what may only follow (2); a colon is handled apart, non-ASCII names go to libxml2.
const nameClass = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  nameClass[code] = /[A-Za-z_]/.test(char) ? 1 : /[-.0-9]/.test(char) ? 2 : 0;
}

// oxlint-disable-next-line no-control-regex -- these are the characters XML forbids
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const declaration =
  /^<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:'1\.0'|"1\.0")(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:'(?:utf-8|UTF-8)'|"(?:utf-8|UTF-8)"))?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:'(?:yes|no)'|"(?:yes|no)"))?[ \t\n]*\?>/;
const predefined: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';

interface Scope {
  readonly prefix: string;
  readonly uri: string;
  readonly outer: Scope | null;
}

/**
 * Reads a document of elements, attributes, text, CDATA, comments, processing instructions, predefined
 * entities and character references. Blank text between elements is dropped by libxml2's NOBLANKS rule.
 *
 * @returns the root element, or null if the text is malformed or holds anything else (a DOCTYPE, a
 * non-ASCII name, an unknown entity, more than 257 levels)
 */
export function scanXml(source: string): XmlElement | null {
  if (source.length > maxText || forbidden.test(source) || !source.isWellFormed()) return null;
  const text = source.includes('\r') ? source.replace(/\r\n?/g, '\n') : source;
  if (text.includes('xml:space')) return null;
  const start = text.startsWith('<?xml') ? declaration.exec(text)?.[0].length : 0;
  return start === undefined ? null : new Scanner(text, start).document();
}

class Scanner {
  readonly #text: string;
  #at: number;
  #scope: Scope | null = null;
  readonly #hasCdataEnd: boolean;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#at = start;
    this.#hasCdataEnd = text.includes(']]>');
  }

  document(): XmlElement | null {
    if (!this.#outside()) return null;
    const root = this.#tree();
    if (root === null || !this.#outside()) return null;
    return this.#at === this.#text.length ? root : null;
  }

  // What may stand before and after the root: blanks, comments, processing instructions. False for a bad one.
  #outside(): boolean {
    const sink: XmlNode[] = [];
    for (;;) {
      this.#blanks();
      const next = this.#text.charCodeAt(this.#at + 1);
      if (this.#text.charCodeAt(this.#at) !== 0x3c || (next !== 0x21 && next !== 0x3f)) return true;
      if (this.#text.startsWith('<![', this.#at) || !this.#mark(sink)) return false;
    }
  }

  #tree(): XmlElement | null {
    const text = this.#text;
    const open: XmlElement[] = [];
    const scopes: (Scope | null)[] = [];
    for (;;) {
      const at = this.#at;
      const code = text.charCodeAt(at);
      const parent = open.at(-1);
      if (code !== 0x3c) {
        if (parent === undefined || Number.isNaN(code) || !this.#characters(parent.nodes)) return null;
        continue;
      }
      const next = text.charCodeAt(at + 1);
      if (next === 0x2f) {
        if (parent === undefined || !text.startsWith(parent.name, at + 2)) return null;
        this.#at = at + 2 + parent.name.length;
        this.#blanks();
        if (text.charCodeAt(this.#at) !== 0x3e) return null;
        this.#at++;
        open.pop();
        this.#scope = scopes.pop() as Scope | null;
        if (open.length === 0) return parent;
        continue;
      }
      if (next === 0x21 || next === 0x3f) {
        if (parent === undefined || !this.#mark(parent.nodes)) return null;
        continue;
      }
      if (open.length >= maxDepth) return null;
      const outer = this.#scope;
      const started = this.#startTag();
      if (started === null) return null;
      parent?.nodes.push(started);
      if (text.charCodeAt(this.#at - 2) === 0x2f) {
        this.#scope = outer;
        if (open.length === 0) return started;
      } else {
        open.push(started);
        scopes.push(outer);
      }
    }
  }

  #blanks(): void {
    const text = this.#text;
    let at = this.#at;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x09) break;
      at++;
    }
    this.#at = at;
  }

  // A qualified name, or null; the position is then behind it.
  #name(): string | null {
    const text = this.#text;
    const begin = this.#at;
    let at = begin;
    if (nameClass[text.charCodeAt(at)] !== 1) return null;
    let colons = 0;
    for (;;) {
      const code = text.charCodeAt(++at);
      if (code >= 0x80) return null;
      if (code === 0x3a) {
        if (++colons > 1 || nameClass[text.charCodeAt(at + 1)] !== 1) return null;
      } else if (!nameClass[code]) break;
    }
    if (at - begin > maxName) return null;
    this.#at = at;
    return text.slice(begin, at);
  }

  // From `<` to behind `>` or `/>`.
  #startTag(): XmlElement | null {
    const text = this.#text;
    this.#at++;
    const name = this.#name();
    if (name === null) return null;
    const attributes: string[] = [];
    let qualified = name.includes(':');
    for (;;) {
      const before = this.#at;
      this.#blanks();
      const code = text.charCodeAt(this.#at);
      if (code === 0x3e) {
        this.#at++;
        break;
      }
      if (code === 0x2f) {
        if (text.charCodeAt(this.#at + 1) !== 0x3e) return null;
        this.#at += 2;
        break;
      }
      if (this.#at === before) return null;
      const key = this.#name();
      if (key === null) return null;
      for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === key) return null;
      const value = this.#attributeValue();
      if (value === null) return null;
      attributes.push(key, value);
      if (key.includes(':')) qualified = true;
      if (key.startsWith('xmlns') && !this.#declare(key, value)) return null;
    }
    if (!qualified && this.#scope === null) return new XmlElement(name, attributes);
    const colon = name.indexOf(':');
    return new XmlElement(name, attributes, [], this.#lookup(colon < 0 ? '' : name.slice(0, colon)));
  }

  #declare(key: string, uri: string): boolean {
    if (key !== 'xmlns' && !key.startsWith('xmlns:')) return true;
    const prefix = key.slice(6);
    if (prefix === 'xml' || prefix === 'xmlns' || uri === xmlNamespace) return false;
    // A fault of namespaces only, which libvirt lets pass: the declaration has no effect.
    if (prefix !== '' && uri === '') return true;
    this.#scope = { prefix, uri, outer: this.#scope };
    return true;
  }

  #lookup(prefix: string): string | null {
    if (prefix === 'xml') return xmlNamespace;
    for (let scope = this.#scope; scope !== null; scope = scope.outer) {
      if (scope.prefix === prefix) return scope.uri === '' ? null : scope.uri;
    }
    return null;
  }

  #attributeValue(): string | null {
    const text = this.#text;
    this.#blanks();
    if (text.charCodeAt(this.#at) !== 0x3d) return null;
    this.#at++;
    this.#blanks();
    const quote = text.charCodeAt(this.#at);
    if (quote !== 0x22 && quote !== 0x27) return null;
    const begin = this.#at + 1;
    let plain = true;
    let at = begin;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === quote) break;
      if (code === 0x3c || Number.isNaN(code)) return null;
      if (code === 0x26 || code < 0x20) plain = false;
      at++;
    }
    this.#at = at + 1;
    const raw = text.slice(begin, at);
    if (plain) return raw;
    // Literal white space becomes a blank; that of a character reference stays.
    return decodeReferences(raw.replace(/[\t\n]/g, ' '));
  }

  #characters(nodes: XmlNode[]): boolean {
    const text = this.#text;
    const begin = this.#at;
    const end = text.indexOf('<', begin);
    if (end < 0) return false;
    this.#at = end;
    let at = begin;
    while (at < end && isBlank(text.charCodeAt(at))) at++;
    if (at === end && dropsBlanks(nodes, text.charCodeAt(end + 1) === 0x2f)) return true;
    const raw = text.slice(begin, end);
    if (this.#hasCdataEnd && raw.includes(']]>')) return false;
    const decoded = raw.includes('&') ? decodeReferences(raw) : raw;
    if (decoded === null) return false;
    const last = nodes.length - 1;
    if (typeof nodes[last] === 'string') nodes[last] += decoded;
    else nodes.push(decoded);
    return true;
  }

  // A comment, CDATA section or processing instruction; false for a malformed one and for any declaration.
  #mark(nodes: XmlNode[]): boolean {
    const text = this.#text;
    if (text.startsWith('<!--', this.#at)) {
      const end = text.indexOf('--', this.#at + 4);
      if (end < 0 || text.charCodeAt(end + 2) !== 0x3e) return false;
      nodes.push({ kind: 'comment', value: text.slice(this.#at + 4, end), target: '' });
      this.#at = end + 3;
      return true;
    }
    if (text.startsWith('<![CDATA[', this.#at)) {
      const end = text.indexOf(']]>', this.#at + 9);
      if (end < 0) return false;
      const value = text.slice(this.#at + 9, end);
      // libxml2 makes no node of an empty section; leave that corner to it.
      if (value === '') return false;
      nodes.push({ kind: 'cdata', value, target: '' });
      this.#at = end + 3;
      return true;
    }
    if (!text.startsWith('<?', this.#at)) return false;
    this.#at += 2;
    const target = this.#name();
    if (target === null || target.includes(':') || /^xml/i.test(target)) return false;
    const end = text.indexOf('?>', this.#at);
    if (end < 0) return false;
    const begin = this.#at;
    this.#blanks();
    if (this.#at === begin && end !== begin) return false;
    nodes.push({ kind: 'pi', value: text.slice(Math.min(this.#at, end), end), target });
    this.#at = end + 2;
    return true;
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09;
}

// areBlanks() of libxml2: blank text is noise unless it is all an element holds or its element has text.
function dropsBlanks(nodes: readonly XmlNode[], closes: boolean): boolean {
  if (nodes.length === 0) return !closes;
  return typeof nodes[nodes.length - 1] !== 'string' && typeof nodes[0] !== 'string';
}

function decodeReferences(raw: string): string | null {
  let decoded = '';
  let from = 0;
  for (;;) {
    const at = raw.indexOf('&', from);
    if (at < 0) return decoded + raw.slice(from);
    const end = raw.indexOf(';', at);
    if (end < 0) return null;
    const name = raw.slice(at + 1, end);
    const value = name.startsWith('#')
      ? characterReference(name)
      : Object.hasOwn(predefined, name)
        ? predefined[name]
        : null;
    if (value === null || value === undefined) return null;
    decoded += raw.slice(from, at) + value;
    from = end + 1;
  }
}

function characterReference(name: string): string | null {
  const hex = name.startsWith('#x');
  const digits = name.slice(hex ? 2 : 1);
  if (!(hex ? /^[0-9a-fA-F]{1,8}$/ : /^[0-9]{1,8}$/).test(digits)) return null;
  const code = Number.parseInt(digits, hex ? 16 : 10);
  const valid =
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff);
  return valid ? String.fromCodePoint(code) : null;
}
