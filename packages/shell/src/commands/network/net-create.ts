// net-create: makes a network from XML and starts it.
import { fromFile } from '../../from-file.ts';

export const netCreate = fromFile({
  description: 'Makes a network from XML and starts it; it is gone when it stops.',
  object: 'network',
  make: (connection, xml, flags) =>
    flags === 0 ? connection.createNetworkXml(xml) : connection.createNetworkXmlFlags(xml, flags),
  failure: (file) => `Failed to create network from ${file}`,
  done: ({ name }, file) => `Network ${name} created from ${file}`,
});
