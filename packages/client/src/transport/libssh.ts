// ssh in this process, with the words of libvirt's libssh transport.
import { libsshFlavour } from '../ssh/flavour.ts';
import { inProcessSsh } from '../ssh/in-process.ts';
import type { Transport } from './transport.ts';

/** The transport `libssh`. */
export const libssh: Transport = inProcessSsh(libsshFlavour);
