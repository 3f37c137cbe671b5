// Reads and prints domains for the test driver.
import { DomainDef, parseDomain, testDialect, type XmlElement } from '@virtwire/conf';
import type { Answer } from '@virtwire/rpc';
import { chain } from './chain.ts';
import { DomainDefinition } from './domain-definition.ts';

/** Reads the XML of a domain, with what libvirt's test driver adds to it. */
export function readDomain(xml: string): Answer<DomainDefinition> {
  return chain(parseDomain(xml, testDialect), (def) => new DomainDefinition(def));
}

/** Reads a `<domain>` element, see {@link readDomain}. */
export function readDomainElement(element: XmlElement): DomainDefinition {
  return new DomainDefinition(DomainDef.fromElement(element, testDialect));
}

/** Prints a definition as part of another document. */
export function formatDefinitionTree(
  definition: DomainDefinition,
  options: { readonly secure: boolean; readonly indent: number },
): string {
  const text = definition.conf.format({ secure: options.secure });
  return text.replace(/^(?=.)/gm, ' '.repeat(options.indent));
}
