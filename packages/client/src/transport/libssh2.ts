// ssh in this process, with the words of libvirt's libssh2 transport.
import { libssh2Flavour } from '../ssh/flavour.ts';
import { inProcessSsh } from '../ssh/in-process.ts';
import type { Transport } from './transport.ts';

/** The transport `libssh2`. */
export const libssh2: Transport = inProcessSsh(libssh2Flavour);
