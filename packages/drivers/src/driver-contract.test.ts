import test from 'node:test';
import { testDriver } from './test/index.ts';
import { driverContract } from './testing/driver-contract.ts';

for (const check of driverContract) {
  test(`test:///default: ${check.name}`, () => check.run(() => testDriver().open('test:///default', {})));
}
