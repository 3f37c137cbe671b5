// Throughput limits of the disks of domains.
import { element } from '@virtwire/conf';
import { typedParams, type TypedValue } from '@virtwire/protocol';
import { DomainBlockIotuneName as Name, DomainModificationImpact as Impact } from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { ensureChild, removeChildren } from './domain-definition.ts';
import { domainOf } from './domain-list.ts';
import { checkFlags, testError } from './errors.ts';
import { oneDefinition } from './impact.ts';
import type { TestState } from './state.ts';
import { answerParams, checkParams } from './typed-params.ts';

const impactMask = Impact.Live | Impact.Config;
const stringOkay = 4;
/** Highest value of a limit. */
const mostPerSecond = 1000000000000000n;

const kinds = [
  'total_bytes_sec',
  'read_bytes_sec',
  'write_bytes_sec',
  'total_iops_sec',
  'read_iops_sec',
  'write_iops_sec',
];
/** Numbers in the order in which they are listed and printed; the group name comes before the lengths. */
const numbers = [...kinds, ...kinds.map((kind) => `${kind}_max`), Name.SizeIopsSec];
const lengths = kinds.map((kind) => `${kind}_max_length`);
const fields = [...numbers, Name.GroupName, ...lengths];
const afterIotune = [
  'readonly',
  'shareable',
  'transient',
  'serial',
  'wwn',
  'vendor',
  'product',
  'encryption',
  'boot',
  'alias',
  'rom',
  'acpi',
  'address',
];

/** Answers the calls about limits of disks. */
export function domainIotuneHandlers(state: TestState): DriverHandlers {
  return {
    domainGetBlockIoTune: ({ dom, disk, nparams, flags }) => {
      checkFlags(flags, impactMask | stringOkay, 'testDomainGetBlockIoTune');
      if (nparams === 0) return { params: [], nparams: fields.length };
      const { def } = oneDefinition(domainOf(state, dom), flags & ~stringOkay);
      const found = disk === null ? undefined : def.disk(disk);
      if (found === undefined) {
        throw testError(ErrorCode.InvalidArg, `disk '${disk ?? '(null)'}' was not found in the domain config`);
      }
      const tune = found.element.child('iotune');
      const values: Record<string, TypedValue> = {};
      for (const field of fields) {
        const text = tune?.childText(field) ?? null;
        values[field] = field === Name.GroupName ? { string: text ?? '' } : { ullong: BigInt(text ?? 0) };
      }
      return answerParams(typedParams(values), nparams, flags);
    },
    domainSetBlockIoTune: ({ dom, disk, params, flags }) => {
      checkFlags(flags, impactMask, 'testDomainSetBlockIoTune');
      const values = checkParams(
        params,
        Object.fromEntries(fields.map((field) => [field, field === Name.GroupName ? 'string' : 'ullong'])),
      );
      const domain = domainOf(state, dom);
      const { def } = oneDefinition(domain, flags);
      const found = def.disk(disk);
      if (found === undefined) {
        throw testError(ErrorCode.InvalidArg, `missing persistent configuration for disk '${disk}'`);
      }
      const known = found.element.child('iotune');
      const next = new Map<string, bigint>();
      for (const field of [...numbers, ...lengths]) {
        const value = values.get(field) ?? known?.childText(field) ?? 0;
        next.set(field, BigInt(value));
      }
      for (const value of values.values()) {
        if (typeof value === 'bigint' && value > mostPerSecond) {
          throw testError(
            ErrorCode.ArgumentUnsupported,
            `block I/O throttle limit value must be no more than ${mostPerSecond}`,
          );
        }
      }
      checkLimits((field) => next.get(field) ?? 0n);
      const group = values.get(Name.GroupName) ?? known?.childText(Name.GroupName) ?? '';
      const iotune = ensureChild(found.element, 'iotune', afterIotune);
      iotune.nodes.splice(0, iotune.nodes.length);
      for (const field of fields) {
        const value = field === Name.GroupName ? String(group) : String(next.get(field) ?? 0n);
        if (value !== '' && value !== '0') iotune.nodes.push(element(field, {}, [value]));
      }
      if (iotune.nodes.length === 0) removeChildren(found.element, (child) => child === iotune);
      domain.touch();
      return {};
    },
  };
}

function checkLimits(limit: (field: string) => bigint): void {
  for (const unit of ['bytes_sec', 'iops_sec', 'bytes_sec_max', 'iops_sec_max']) {
    const single = limit(`read_${unit}`) !== 0n || limit(`write_${unit}`) !== 0n;
    if (limit(`total_${unit}`) !== 0n && single) {
      throw testError(ErrorCode.InvalidArg, `total and read/write of ${unit} cannot be set at the same time`);
    }
  }
  // The blank at the end is libvirt's.
  for (const kind of kinds) {
    if (limit(kind) > limit(`${kind}_max`)) {
      throw testError(ErrorCode.InvalidArg, `${kind} cannot be set higher than ${kind}_max `);
    }
  }
}
