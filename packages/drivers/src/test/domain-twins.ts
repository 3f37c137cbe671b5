// Reads many domains that differ only in names and addresses: one is read for all, the others when they are asked for.
import { DomainDef, isMulticastMac, testDialect, XmlElement } from '@virtwire/conf';
import type { DomainDefinition } from './domain-definition.ts';
import { readDomainElement } from './domain-xml.ts';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const macPattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
// A longer skeleton than this is not worth keeping.
const mostSkeletonChars = 65536;

/**
 * Reads the domains of an inventory.
 *
 * Whether libvirt takes a domain does not depend on its name, its uuid, the addresses of its interfaces and the files
 * of its disks, as long as each is well-formed. A domain that is otherwise equal to one that was read is as valid.
 */
export class DomainTwins {
  private readonly read = new Map<string, DomainDefinition>();

  /** @throws LibvirtError as {@link readDomainElement} does */
  definition(domain: XmlElement): DomainDefinition {
    const parts: string[] = [];
    const plain = appendSkeleton(domain, '', parts);
    const skeleton = plain ? parts.join('\0') : '';
    const known = plain ? this.read.get(skeleton) : undefined;
    if (known !== undefined) {
      const name = domain.childText('name') ?? '';
      const uuid = domain.childText('uuid') ?? '';
      return known.sibling(name, uuid, () => DomainDef.fromElement(domain, testDialect));
    }
    const definition = readDomainElement(domain);
    if (plain && skeleton.length <= mostSkeletonChars) this.read.set(skeleton, definition);
    return definition;
  }
}

// Notes all that may matter for validity; false when one of the parts that are left out is not well-formed.
function appendSkeleton(of: XmlElement, parent: string, parts: string[]): boolean {
  const path = `${parent}/${of.name}`;
  parts.push(path, of.namespace ?? '');
  const { attributes } = of;
  for (let index = 0; index < attributes.length; index += 2) {
    const name = attributes[index] as string;
    const value = attributes[index + 1] as string;
    if (path === '/domain/devices/interface/mac' && name === 'address') {
      if (!macPattern.test(value) || isMulticastMac(value)) return false;
      parts.push(name);
    } else if (path === '/domain/devices/disk/source' && (name === 'file' || name === 'dev')) {
      if (value === '') return false;
      parts.push(name);
    } else {
      parts.push(name, value);
    }
  }
  let hasUuid = path !== '/domain';
  for (const node of of.nodes) {
    if (node instanceof XmlElement) {
      if (node.name === 'uuid') hasUuid = true;
      if (!appendSkeleton(node, path, parts)) return false;
    } else if (typeof node !== 'string') {
      parts.push(node.kind, node.value);
    } else if (path === '/domain/name') {
      if (node === '' || /[/\n]/.test(node)) return false;
    } else if (path === '/domain/uuid') {
      if (!uuidPattern.test(node)) return false;
    } else {
      parts.push('text', node);
    }
  }
  parts.push('end');
  return hasUuid;
}
