// Small changes to a tree: order of attributes, children in their place.
import { XmlElement } from './element.ts';

/** An element without children that holds this is still printed on two lines, as some of libvirt's are. */
export const openMark = { kind: 'comment', value: '', target: '' } as const;

/** Puts attributes in the given order; those that are not named go last, as they stood. */
export function reorderAttributes(shaped: XmlElement, order: readonly string[]): void {
  const list = shaped.attributes;
  const pairs: [string, string][] = [];
  for (let i = 0; i < list.length; i += 2) pairs.push([list[i] as string, list[i + 1] as string]);
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  pairs.sort((a, b) => rank(a[0]) - rank(b[0]));
  list.splice(0, list.length, ...pairs.flat());
}

/** Takes away the child elements of one name. */
export function removeChild(parent: XmlElement, name: string): void {
  const kept = parent.nodes.filter((node) => !(node instanceof XmlElement && node.name === name));
  parent.nodes.splice(0, parent.nodes.length, ...kept);
}

/** Puts a child in front of the first child that has one of the given names, or last. */
export function insertBefore(parent: XmlElement, child: XmlElement, names: readonly string[]): void {
  const at = parent.nodes.findIndex((node) => node instanceof XmlElement && names.includes(node.name));
  parent.nodes.splice(at < 0 ? parent.nodes.length : at, 0, child);
}
