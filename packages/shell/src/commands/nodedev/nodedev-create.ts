// nodedev-create: makes a virtual device of the host from XML.
import { fromFile } from '../../from-file.ts';

export const nodedevCreate = fromFile({
  description: 'Makes a virtual device of the host from XML.',
  object: 'device',
  make: (connection, xml, flags) => connection.createNodeDeviceXml(xml, flags),
  failure: (file) => `Failed to create node device from ${file}`,
  done: ({ name }, file) => `Node device ${name} created from ${file}`,
});
