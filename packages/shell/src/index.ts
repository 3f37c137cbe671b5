// The public face: the shell as a function, for programs that run it inside themselves.
export { main } from './main.ts';
export { KeptOutput, type Output, processOutput } from './output.ts';
export { LIBVIRT_VERSION } from './version.ts';
