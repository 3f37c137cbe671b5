// define: makes a domain from XML, or changes its definition, without starting it.
import { fromFile } from '../../from-file.ts';

export const define = fromFile({
  description: 'Makes a domain from XML, or changes its definition; it is not started.',
  object: 'domain',
  make: (connection, xml, flags) =>
    flags === 0 ? connection.defineDomainXml(xml) : connection.defineDomainXmlFlags(xml, flags),
  failure: (file) => `Failed to define domain from ${file}`,
  done: ({ name }, file) => `Domain '${name}' defined from ${file}`,
});
