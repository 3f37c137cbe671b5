// The public face of what is said.
export * from './driver.ts';
