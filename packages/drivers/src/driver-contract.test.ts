import { driverContract } from './testing/driver-contract.ts';
import { testDriver } from './test/index.ts';

driverContract('test:///default', () => testDriver().open('test:///default', {}));
