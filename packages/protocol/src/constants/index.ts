// The public face of libvirt's constants.
// Names drop `VIR_` and the part that all members share: VIR_DOMAIN_RUNNING is DomainState.Running.
// End markers (`_LAST`) are left out, for they change from release to release.
export * from './admin.ts';
export * from './connection.ts';
export * from './domain.ts';
export * from './domain-checkpoint.ts';
export * from './domain-events.ts';
export * from './domain-flags.ts';
export * from './domain-names.ts';
export * from './domain-snapshot.ts';
export * from './host.ts';
export * from './interface.ts';
export * from './network.ts';
export * from './node-device.ts';
export * from './nwfilter.ts';
export * from './qemu.ts';
export * from './secret.ts';
export * from './storage.ts';
export * from './stream.ts';
