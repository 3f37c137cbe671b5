// nodedev-define: defines a virtual device of the host from XML.
import { fromFile } from '../../from-file.ts';

export const nodedevDefine = fromFile({
  description: 'Defines a virtual device of the host from XML; it is not started.',
  object: 'device',
  make: (connection, xml, flags) => connection.defineNodeDeviceXml(xml, flags),
  failure: (file) => `Failed to define node device from '${file}'`,
  done: ({ name }, file) => `Node device '${name}' defined from '${file}'`,
});
