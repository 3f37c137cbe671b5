// The test driver: a hypervisor made of memory.
export { testDriver, type TestDriverOptions } from './open.ts';
