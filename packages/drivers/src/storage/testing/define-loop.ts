// The process that the crash test kills: it defines, changes and undefines pools until then.
import { remote } from '@virtwire/protocol';
import { storageDriver } from '../index.ts';
import { poolXml } from './harness.ts';

const [configDir = '', stateDir = ''] = process.argv.slice(2);
const driver = await storageDriver({ privileged: true, configDir, stateDir }).open('storage:///system', {});
for (let i = 0; ; i++) {
  const name = `p${i % 5}`;
  const uuid = `${i % 5}0000000-0000-4000-8000-000000000000`;
  const pool = { name, uuid };
  await driver.call(remote.storagePoolDefineXml, { xml: poolXml(name, `/pools/${name}/old`, uuid), flags: 0 }, {});
  await driver.call(remote.storagePoolDefineXml, { xml: poolXml(name, `/pools/${name}/new`, uuid), flags: 0 }, {});
  await driver.call(remote.storagePoolSetAutostart, { pool, autostart: 1 }, {});
  if (i % 3 === 0) await driver.call(remote.storagePoolUndefine, { pool }, {});
  process.send?.(i);
}
