// pool-define: makes a pool from XML, or changes its definition, without starting it.
import { fromFile } from '../../from-file.ts';

export const poolDefine = fromFile({
  description: 'Makes a pool from XML, or changes its definition; it is not started.',
  object: 'pool',
  make: (connection, xml, flags) => connection.defineStoragePoolXml(xml, flags),
  failure: (file) => `Failed to define pool from ${file}`,
  done: ({ name }, file) => `Pool ${name} defined from ${file}`,
});
