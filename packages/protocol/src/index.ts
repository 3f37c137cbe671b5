// The public face of what is said.
export * from './admin.ts';
export { checkCount, type CountRule, countRules } from './counts.ts';
export * from './driver.ts';
export * from './event-types.ts';
export { keepalive } from './keepalive.ts';
export { lxc } from './lxc.ts';
export { programs } from './programs.ts';
export { qemu } from './qemu.ts';
export { remote } from './remote/index.ts';
export * from './typed-param.ts';
export * from './types.ts';
