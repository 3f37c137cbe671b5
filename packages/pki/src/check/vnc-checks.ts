// Checks of the certificate for consoles of guests, which QEMU reads as a user of its own.
import { statSync } from 'node:fs';
import { certificateChecks } from '@virtwire/rpc/tls';
import { isIssuedBy, samePublicKey } from '../authority.ts';
import { VNC_FOLDER, vncPlaces } from '../places.ts';
import { modeText } from '../plan.ts';
import { type Finding, fault } from './finding.ts';
import { chmod, elsewhere } from './mends.ts';
import { type SeenFile, seeCertificate, seeKey, type Surroundings } from './surroundings.ts';

/** The files in QEMU's folder, if it is there. */
export function checkVnc(surroundings: Surroundings): Finding[] {
  const { context, machine, clientFolder } = surroundings;
  if (clientFolder !== null || statSync(VNC_FOLDER, { throwIfNoEntry: false }) === undefined) return [];
  const ca = seeCertificate(vncPlaces.caCertificate);
  const certificate = seeCertificate(vncPlaces.certificate);
  const key = seeKey(vncPlaces.key);
  const mend = replace(surroundings);
  const files: readonly SeenFile[] = [ca, certificate, key];
  const missing = files.filter(({ stats }) => stats === null).map(({ path }) => path);
  if (missing.length === files.length) return [];
  if (missing.length > 0) {
    return [
      fault('vnc-missing', `${VNC_FOLDER}/`, `guests with vnc_tls do not start; missing: ${missing.join(', ')}`, mend),
    ];
  }
  const found: Finding[] = [];
  if (certificate.facts === null || ca.facts === null || key.key === null) {
    const bad = certificate.facts === null ? certificate : ca.facts === null ? ca : key;
    return [fault('vnc-garbage', bad.path, 'cannot be read as what its name says', mend)];
  }
  for (const check of certificateChecks) {
    const told = check.roles.includes('server')
      ? check.find(certificate.facts, certificate.path, 'server', context.now)
      : null;
    if (told?.level === 'error') found.push(fault('vnc-certificate', certificate.path, told.text, mend));
  }
  if (!samePublicKey(key.key, certificate.facts))
    found.push(fault('vnc-key-mismatch', key.path, `is not the key of ${certificate.path}`, mend));
  if (!isIssuedBy(certificate.facts, ca.facts)) {
    found.push(fault('vnc-foreign', certificate.path, `was not issued by the authority in ${ca.path}`, mend));
  }
  const { mode, gid } = key.stats as NonNullable<SeenFile['stats']>;
  if ((mode & 0o007) !== 0)
    found.push(
      fault('vnc-key-open', key.path, `may be read by everybody (mode ${modeText(mode)})`, chmod('o-rwx', key.path)),
    );
  if (machine.guestGroup !== null && (gid !== machine.guestGroup || (mode & 0o040) === 0)) {
    const own = `chgrp ${machine.guestGroup} ${key.path} && chmod 0640 ${key.path}`;
    found.push(fault('vnc-key-closed', key.path, 'cannot be read by the account that runs guests', [own]));
  }
  return found;
}

function replace({ authority, context, machine }: Surroundings): string[] {
  if (authority === null) return elsewhere('virtwire-pki vnc issue HOST && virtwire-pki install --vnc HOST --force');
  const option = context.folderOption;
  const known = authority.issued.some(({ kind, name }) => kind === 'vnc' && name === machine.hostname);
  return [
    `virtwire-pki vnc issue${known ? ' --force' : ''}${option} && virtwire-pki install --vnc ${machine.hostname} --force${option}`,
  ];
}
