// net-define: makes a network from XML, or changes its definition.
import { fromFile } from '../../from-file.ts';

export const netDefine = fromFile({
  description: 'Makes a network from XML, or changes its definition; it is not started.',
  object: 'network',
  make: (connection, xml, flags) =>
    flags === 0 ? connection.defineNetworkXml(xml) : connection.defineNetworkXmlFlags(xml, flags),
  failure: (file) => `Failed to define network from ${file}`,
  done: ({ name }, file) => `Network ${name} defined from ${file}`,
});
