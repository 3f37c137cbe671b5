// iface-define: defines an interface of the host from XML.
import { fromFile } from '../../from-file.ts';

export const ifaceDefine = fromFile({
  description: 'Defines an interface of the host from XML, or changes its definition; it is not brought up.',
  object: 'interface',
  make: (connection, xml, flags) => connection.defineInterfaceXml(xml, flags),
  failure: (file) => `Failed to define interface from ${file}`,
  done: ({ name }, file) => `Interface ${name} defined from ${file}`,
});
