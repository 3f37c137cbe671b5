// secret-define: defines a secret from XML, without its value.
import { fromFile } from '../../from-file.ts';

export const secretDefine = fromFile({
  description: 'Defines a secret from XML, or changes its definition; its value is set on its own.',
  object: 'secret',
  make: (connection, xml, flags) => connection.defineSecretXml(xml, flags),
  failure: (file) => `Failed to set attributes from ${file}`,
  done: ({ uuid }) => `Secret ${uuid} created`,
});
