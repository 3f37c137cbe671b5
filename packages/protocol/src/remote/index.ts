// The remote program: everything that libvirt's drivers do, joined from one file per subject.
import { program } from '@virtwire/rpc';
import { authRows } from './auth.ts';
import { checkpointRows } from './checkpoint.ts';
import { connectRows } from './connect.ts';
import { domainRows } from './domain.ts';
import { domainBlockRows } from './domain-block.ts';
import { domainDevicesRows } from './domain-devices.ts';
import { domainEventsRows } from './domain-events.ts';
import { domainMigrateRows } from './domain-migrate.ts';
import { domainResourcesRows } from './domain-resources.ts';
import { interfaceRows } from './interface.ts';
import { networkRows } from './network.ts';
import { nodeDeviceRows } from './node-device.ts';
import { nwfilterRows } from './nwfilter.ts';
import { secretRows } from './secret.ts';
import { snapshotRows } from './snapshot.ts';
import { storageRows } from './storage.ts';

/**
 * The rows of the remote program by name: `remote.domainGetInfo`.
 *
 * Numbers 1-443 are those of libvirt 9.0.0; 444-453 came with later versions, and an older daemon answers them with
 * "unknown procedure".
 *
 * @see src/remote/remote_protocol.x
 */
export const remote = program('remote', 0x20008086, 1, {
  ...connectRows,
  ...domainRows,
  ...domainResourcesRows,
  ...domainDevicesRows,
  ...domainBlockRows,
  ...domainMigrateRows,
  ...domainEventsRows,
  ...networkRows,
  ...storageRows,
  ...nodeDeviceRows,
  ...interfaceRows,
  ...secretRows,
  ...nwfilterRows,
  ...snapshotRows,
  ...checkpointRows,
  ...authRows,
});
