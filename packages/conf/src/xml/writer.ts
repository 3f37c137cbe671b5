// Tree to text, laid out as libvirt lays out XML: single quotes, two blanks a level, empty elements closed at once.
import { XmlElement } from './element.ts';

// oxlint-disable-next-line no-control-regex -- XML cannot hold these, so they are dropped
const special = /[<>&'"\0-\x08\x0b\x0c\x0e-\x1f]/;
// oxlint-disable-next-line no-control-regex -- the same set, for replacing
const specials = /[<>&'"\0-\x08\x0b\x0c\x0e-\x1f]/g;
const references: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&apos;',
  '"': '&quot;',
};

/**
 * Escapes text or an attribute value as libvirt prints it; control characters XML cannot hold are dropped.
 *
 * @see virBufferEscapeString
 */
export function escapeXml(text: string): string {
  return special.test(text) ? text.replace(specials, (char) => references[char] ?? '') : text;
}

/** Attribute values of a printed element; null and undefined are left out. */
export type XmlAttributes = Readonly<Record<string, string | number | bigint | null | undefined>>;

/** Builds an XML text line by line. */
export class XmlWriter {
  #text = '';
  #indent: string;
  readonly #open: string[] = [];

  /** @param indent how many blanks stand before the outermost element */
  constructor(indent = 0) {
    this.#indent = ' '.repeat(indent);
  }

  /** Opens an element whose children follow; close it with {@link close}. */
  open(name: string, attributes?: XmlAttributes): this {
    this.#text += `${this.#indent}<${name}${formatAttributes(attributes)}>\n`;
    this.#open.push(name);
    this.#indent += '  ';
    return this;
  }

  /** Closes the element that was opened last. */
  close(): this {
    const name = this.#open.pop();
    if (name === undefined) throw new Error('no element is open');
    this.#indent = this.#indent.slice(2);
    this.#text += `${this.#indent}</${name}>\n`;
    return this;
  }

  /** Writes an element without children, `<name a='b'/>`. */
  empty(name: string, attributes?: XmlAttributes): this {
    this.#text += `${this.#indent}<${name}${formatAttributes(attributes)}/>\n`;
    return this;
  }

  /** Writes an element that holds text, `<name>text</name>`; nothing when the text is null. */
  leaf(name: string, text: string | number | bigint | null | undefined, attributes?: XmlAttributes): this {
    if (text === null || text === undefined) return this;
    this.#text += `${this.#indent}<${name}${formatAttributes(attributes)}>${escapeXml(String(text))}</${name}>\n`;
    return this;
  }

  /** Writes a tree at the present depth. */
  element(tree: XmlElement): this {
    this.#text += formatElement(tree, this.#indent.length);
    return this;
  }

  /** Writes lines that are already XML, as they are. */
  raw(text: string): this {
    this.#text += text;
    return this;
  }

  /** The text so far. */
  toString(): string {
    return this.#text;
  }
}

function formatAttributes(attributes: XmlAttributes | undefined): string {
  let text = '';
  if (attributes === undefined) return text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) text += ` ${name}='${escapeXml(String(value))}'`;
  }
  return text;
}

/**
 * Prints a tree as libvirt prints a definition, each element on its own line with a line feed at the end.
 * Comments and processing instructions are not printed, but an element that holds nothing else keeps its two lines.
 *
 * @param indent how many blanks stand before the outermost element
 */
export function formatElement(tree: XmlElement, indent = 0): string {
  return printElement(tree, ' '.repeat(indent));
}

function printElement(tree: XmlElement, indent: string): string {
  const list = tree.attributes;
  let head = `${indent}<${tree.name}`;
  for (let i = 0; i < list.length; i += 2) head += ` ${list[i] as string}='${escapeXml(list[i + 1] as string)}'`;
  let inner = '';
  let text: string | null = null;
  for (const node of tree.nodes) {
    if (node instanceof XmlElement) inner += printElement(node, `${indent}  `);
    else if (typeof node === 'string') text = (text ?? '') + node;
    else if (node.kind === 'cdata') text = (text ?? '') + node.value;
  }
  const marked = tree.nodes.length > 0 && text === null;
  if (inner !== '' || marked) return `${head}>\n${inner}${indent}</${tree.name}>\n`;
  if (text !== null) return `${head}>${escapeXml(text)}</${tree.name}>\n`;
  return `${head}/>\n`;
}

/**
 * Prints a subtree that libvirt hands through, such as the children of `<metadata>`: double quotes, comments
 * and CDATA kept, mixed content left as it was.
 *
 * @param indent how many blanks stand before the lines below the first
 * @see xmlNodeDump
 */
export function dumpElement(tree: XmlElement, indent = 0): string {
  return dumpNode(tree, indent >> 1, true);
}

function dumpNode(tree: XmlElement, level: number, format: boolean): string {
  let text = `<${tree.name}`;
  const list = tree.attributes;
  for (let i = 0; i < list.length; i += 2) text += ` ${list[i] as string}=${quoteAttribute(list[i + 1] as string)}`;
  if (tree.nodes.length === 0) return `${text}/>`;
  const formatted =
    format &&
    !tree.nodes.some((node) => typeof node === 'string' || (!(node instanceof XmlElement) && node.kind === 'cdata'));
  const pad = formatted ? `\n${'  '.repeat(level + 1)}` : '';
  text += '>';
  for (const node of tree.nodes) {
    text += pad;
    if (node instanceof XmlElement) text += dumpNode(node, level + 1, formatted);
    else if (typeof node === 'string') text += node.replace(/[<>&\r]/g, (char) => references[char] ?? '&#13;');
    else if (node.kind === 'cdata') text += `<![CDATA[${node.value}]]>`;
    else if (node.kind === 'comment') text += `<!--${node.value}-->`;
    else text += `<?${node.target}${node.value === '' ? '' : ` ${node.value}`}?>`;
  }
  return `${text}${formatted ? `\n${'  '.repeat(level)}` : ''}</${tree.name}>`;
}

// Namespace declarations and attributes go the same way: double quotes, line breaks and tabs as references.
function quoteAttribute(value: string): string {
  const escaped = value.replace(/[<>&"\n\r\t\u0080-\u{10ffff}]/gu, (char) => {
    const reference = references[char];
    if (reference !== undefined) return reference;
    const code = char.codePointAt(0) as number;
    return code < 0x80 ? `&#${code};` : `&#x${code.toString(16).toUpperCase()};`;
  });
  return `"${escaped}"`;
}
