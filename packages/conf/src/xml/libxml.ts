// The way out for documents the scanner does not take: libxml2 decides, and gives the error that libvirt passes on.
import type * as LibxmlModule from 'libxml2-wasm';
import { ErrorCode, LibvirtError } from '@virtwire/rpc/error';
import { XmlElement, type XmlNode } from './element.ts';

/** What an error says about where the text came from. */
export interface XmlOrigin {
  /** Stands before the line number, e.g. `(domain_definition)` or a file name. */
  readonly source: string;
  /** The domain of the error. */
  readonly errorDomain: number;
}

interface ErrorDetail {
  readonly message: string;
  readonly level: number;
  readonly line: number;
  readonly col: number;
}

type Libxml = typeof LibxmlModule;

/** XML_ERR_FATAL: libvirt reports only those (catchXMLError). */
const fatal = 3;

/**
 * Parses with libxml2, which is loaded at the first such document.
 *
 * Nothing outside the text is ever read: no DTD, no external entity, no network.
 *
 * @throws LibvirtError `XmlDetail` with libxml2's text, the source line and a caret line
 */
export async function parseWithLibxml(text: string, origin: XmlOrigin): Promise<XmlElement> {
  const libxml = await import('libxml2-wasm');
  // libvirt hands over a C string, which ends at its first NUL.
  const nul = text.indexOf('\0');
  const source = nul < 0 ? text : text.slice(0, nul);
  if (source === '') throw detailError('Document is empty\n', 1, '(null)\n^', origin);
  const { XML_PARSE_NONET, XML_PARSE_NOBLANKS, XML_PARSE_NO_XXE, XML_PARSE_NOENT, XML_PARSE_NOWARNING } =
    libxml.ParseOption;
  const option = XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NO_XXE | XML_PARSE_NOENT | XML_PARSE_NOWARNING;
  let document: InstanceType<Libxml['XmlDocument']>;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the option is bits of several members.
    document = libxml.XmlDocument.fromString(source, { option });
  } catch (thrown) {
    if (!(thrown instanceof libxml.XmlParseError)) throw thrown;
    const details = thrown.details.filter((detail) => !detail.message.startsWith(newerOnly));
    throw parseError(details.find((detail) => detail.level >= fatal) ?? details[0], source, origin);
  }
  try {
    return convert(document.root, libxml, origin);
  } finally {
    document.dispose();
  }
}

/** libxml2 2.9, which speaks out of libvirt 9.0.0, does not raise this one. */
const newerOnly = "Space required after 'DOCTYPE'";

function parseError(found: ErrorDetail | undefined, source: string, origin: XmlOrigin): LibvirtError {
  if (found === undefined) {
    return new LibvirtError(ErrorCode.XmlError, `failed to parse xml document '${origin.source}'`, {
      domain: origin.errorDomain,
    });
  }
  const lines = source.split(/\r\n|\r|\n/);
  const line = lines[Math.min(found.line, lines.length) - 1] ?? '';
  // libxml2 2.9 has no amplification limit of that name, and shows the entity's content instead of the line.
  if (/amplification|entity reference loop/i.test(found.message)) {
    return entityLoop(origin);
  }
  if (found.message.startsWith('Excessive depth')) {
    // It notices one element later than its successor, in front of the tag.
    const next = line.slice(found.col).search(/<[^/!?]/);
    const column = next < 0 ? found.col : found.col + next + 1;
    const message = found.message.replace(/^(Excessive depth in document: \d+),/, '$1');
    return detailError(message, found.line, `${line}\n${caretLine(line, column)}`, origin);
  }
  const message = found.message.replace(/^Unsupported encoding: /, 'Unsupported encoding ');
  return detailError(message, found.line, `${line}\n${caretLine(line, found.col)}`, origin);
}

function entityLoop(origin: XmlOrigin): LibvirtError {
  return new LibvirtError(ErrorCode.XmlDetail, 'at line 1: Detected an entity reference loop\n', {
    domain: origin.errorDomain,
  });
}

// catchXMLError: dashes up to the position, counted in bytes; tabs stay so that the caret lines up.
function caretLine(line: string, column: number): string {
  const before = Array.from(line)
    .slice(0, Math.max(0, column - 1))
    .join('');
  const missing = Math.max(0, column - 1 - Array.from(before).length);
  const encoder = new TextEncoder();
  let caret = '';
  for (const char of before) caret += char === '\t' ? '\t' : '-'.repeat(encoder.encode(char).length);
  return `${caret}${'-'.repeat(missing)}^`;
}

function detailError(message: string, line: number, context: string, origin: XmlOrigin): LibvirtError {
  return new LibvirtError(ErrorCode.XmlDetail, `${origin.source}:${line}: ${message}${context}`, {
    domain: origin.errorDomain,
  });
}

/** How much text entities may add up to before a document counts as a bomb. */
const maxEntityText = 10_000_000;

function convert(root: InstanceType<Libxml['XmlElement']>, libxml: Libxml, origin: XmlOrigin): XmlElement {
  let spent = 0;
  const build = (from: InstanceType<Libxml['XmlElement']>): XmlElement => {
    const attributes: string[] = [];
    for (const [prefix, uri] of Object.entries(from.nsDeclarations)) {
      attributes.push(prefix === '' ? 'xmlns' : `xmlns:${prefix}`, uri);
    }
    for (const attribute of from.attrs) {
      const prefix = attribute.prefix;
      attributes.push(prefix === '' ? attribute.name : `${prefix}:${attribute.name}`, attribute.value);
    }
    const nodes: XmlNode[] = [];
    for (const node of from.find('node()')) {
      if (node instanceof libxml.XmlElement) nodes.push(build(node));
      else if (node instanceof libxml.XmlCData) nodes.push({ kind: 'cdata', value: node.content, target: '' });
      else if (node instanceof libxml.XmlComment) nodes.push({ kind: 'comment', value: node.content, target: '' });
      else if (node instanceof libxml.XmlText) {
        const text = node.content;
        spent += text.length;
        if (spent > maxEntityText) throw entityLoop(origin);
        const last = nodes.at(-1);
        if (typeof last === 'string') nodes[nodes.length - 1] = last + text;
        else if (text !== '') nodes.push(text);
      } else {
        const target = node.eval('name()');
        nodes.push({ kind: 'pi', value: node.content, target: typeof target === 'string' ? target : '' });
      }
    }
    const name = from.prefix === '' ? from.name : `${from.prefix}:${from.name}`;
    return new XmlElement(name, attributes, nodes, from.namespaceUri === '' ? null : from.namespaceUri);
  };
  return build(root);
}
