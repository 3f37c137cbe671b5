// The XML tree that every definition is read into: elements, their attributes and children in document order.

/** Something in the tree that is neither an element nor plain text. */
export interface XmlMark {
  readonly kind: 'cdata' | 'comment' | 'pi';
  /** The content; of a processing instruction, what follows its target. */
  readonly value: string;
  /** The target of a processing instruction, else empty. */
  readonly target: string;
}

/** A child of an element: an element, plain text (a string), or a {@link XmlMark}. */
export type XmlNode = XmlElement | XmlMark | string;

/**
 * One element with its attributes and children, in document order.
 *
 * Names are kept as written, prefix included. A namespace is resolved while parsing; elements that are
 * built by hand have none unless it is given.
 */
export class XmlElement {
  /** The name as written, with its prefix. */
  readonly name: string;
  /** The namespace that the name is in, null for none. */
  readonly namespace: string | null;
  /** Attribute names and values in turn, in document order; namespace declarations are among them. */
  readonly attributes: string[];
  readonly nodes: XmlNode[];

  constructor(name: string, attributes: string[] = [], nodes: XmlNode[] = [], namespace: string | null = null) {
    this.name = name;
    this.attributes = attributes;
    this.nodes = nodes;
    this.namespace = namespace;
  }

  /** The prefix of the name, empty for none. */
  get prefix(): string {
    const colon = this.name.indexOf(':');
    return colon < 0 ? '' : this.name.slice(0, colon);
  }

  /** The name without its prefix. */
  get localName(): string {
    return this.name.slice(this.name.indexOf(':') + 1);
  }

  /** The value of an attribute, null if it is absent. */
  attribute(name: string): string | null {
    const list = this.attributes;
    for (let i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1] as string;
    return null;
  }

  /** Sets an attribute in its place, or adds it at the end; null removes it. */
  setAttribute(name: string, value: string | null): void {
    const list = this.attributes;
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] !== name) continue;
      if (value === null) list.splice(i, 2);
      else list[i + 1] = value;
      return;
    }
    if (value !== null) list.push(name, value);
  }

  /** The first child element of that name, null if there is none. */
  child(name: string): XmlElement | null {
    for (const node of this.nodes) if (node instanceof XmlElement && node.name === name) return node;
    return null;
  }

  /** The child elements, all of them or those of one name. */
  children(name?: string): XmlElement[] {
    const found: XmlElement[] = [];
    for (const node of this.nodes) {
      if (node instanceof XmlElement && (name === undefined || node.name === name)) found.push(node);
    }
    return found;
  }

  /** All text inside the element and its descendants, as XPath's string() gives it. */
  get text(): string {
    const first = this.nodes[0];
    if (first === undefined) return '';
    if (typeof first === 'string' && this.nodes.length === 1) return first;
    let text = '';
    for (const node of this.nodes) {
      if (typeof node === 'string') text += node;
      else if (node instanceof XmlElement) text += node.text;
      else if (node.kind === 'cdata') text += node.value;
    }
    return text;
  }

  /** The text of the first child of that name; null if there is none or its text is empty (as virXPathString). */
  childText(name: string): string | null {
    const text = this.child(name)?.text;
    return text === undefined || text === '' ? null : text;
  }

  /**
   * What stands at a path of child names, `source/address`, or of an attribute at its end, `os/type/@arch`.
   *
   * @returns the attribute's value, or the text of the element; null if it is absent or empty
   */
  path(path: string): string | null {
    const slash = path.indexOf('/');
    const step = slash < 0 ? path : path.slice(0, slash);
    if (step.startsWith('@')) return this.attribute(step.slice(1)) || null;
    if (slash < 0) return this.childText(step);
    return this.child(step)?.path(path.slice(slash + 1)) ?? null;
  }

  /** A copy that shares nothing with this one. */
  clone(): XmlElement {
    const nodes = this.nodes.map((node) => (node instanceof XmlElement ? node.clone() : node));
    return new XmlElement(this.name, [...this.attributes], nodes, this.namespace);
  }
}

/** Builds an element: attributes whose value is null or undefined are left out, as are null children. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | bigint | null | undefined>> = {},
  nodes: readonly (XmlNode | null | undefined)[] = [],
): XmlElement {
  const list: string[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) list.push(key, String(value));
  }
  return new XmlElement(
    name,
    list,
    nodes.filter((node): node is XmlNode => node !== null && node !== undefined),
  );
}
