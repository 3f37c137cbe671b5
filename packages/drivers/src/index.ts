// The public face of the drivers and of what stands around them.
export { apiErrorDomain, apiName } from './api-name.ts';
export { defineDriver, type DriverHandlers, type DriverParts, noSupport } from './define.ts';
export { EventHub, type EventHubOptions } from './event-hub.ts';
export { gate, type GateOptions } from './gate.ts';
export { ObjectStore, type StoredObject } from './object-store.ts';
export { driverRegistry, type DriverRegistry, type OpenedDriver, type ProbingDriverFactory } from './registry.ts';
