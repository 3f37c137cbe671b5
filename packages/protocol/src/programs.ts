// All programs in one list.
import { type Program, programOf } from '@virtwire/rpc';
import { admin } from './admin.ts';
import { keepalive } from './keepalive.ts';
import { lxc } from './lxc.ts';
import { qemu } from './qemu.ts';
import { remote } from './remote/index.ts';

/** Every program that is known, for printing and checking them all. */
export const programs: readonly Program[] = [
  remote[programOf],
  qemu[programOf],
  lxc[programOf],
  admin[programOf],
  keepalive[programOf],
];
