// Text to tree: the scanner when it can, libxml2 when it must, and the check of the root element.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc/error';
import type { XmlElement } from './element.ts';
import { parseWithLibxml } from './libxml.ts';
import { scanXml } from './scanner.ts';

/** How a document is read and what its errors say. */
export interface ParseXmlOptions {
  /** Stands before the line number of an error: `(domain_definition)` (the default is `(definition)`), or a file name. */
  source?: string;
  /** The name the root element must have. */
  root?: string;
  /** The domain of a syntax error, `ErrorDomain.Domain` by default. */
  errorDomain?: number;
}

/**
 * Reads an XML document into a tree.
 *
 * @returns the root element at once for plain documents; a promise when libxml2 has to be asked (a DOCTYPE,
 * an unusual name or encoding, or anything malformed)
 * @throws LibvirtError (by rejection for `XmlDetail`) `XmlDetail` with the text of libxml2, the source line
 * and a caret line; `XmlError` if the root element is another one
 * @see virXMLParse
 */
export function parseXml(text: string, options: ParseXmlOptions = {}): XmlElement | Promise<XmlElement> {
  const scanned = scanXml(text);
  if (scanned !== null) return checkRoot(scanned, options.root);
  const origin = { source: options.source ?? '(definition)', errorDomain: options.errorDomain ?? ErrorDomain.Domain };
  return parseWithLibxml(text, origin).then((root) => checkRoot(root, options.root));
}

/**
 * Reads a document that the program itself carries; it must be plain enough for the scanner.
 *
 * @throws LibvirtError `InternalError` if it is not
 */
export function parseBuiltInXml(text: string): XmlElement {
  const scanned = scanXml(text);
  if (scanned === null) throw new LibvirtError(ErrorCode.InternalError, 'built-in document is not plain XML');
  return scanned;
}

function checkRoot(root: XmlElement, expected: string | undefined): XmlElement {
  if (expected === undefined || root.localName === expected) return root;
  throw new LibvirtError(ErrorCode.XmlError, `expecting root element of '${expected}', not '${root.localName}'`, {
    domain: ErrorDomain.Xml,
  });
}
