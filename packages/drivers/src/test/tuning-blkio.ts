// Weights and limits of block devices of the host.
import { element, type XmlElement } from '@virtwire/conf';
import { typedParams, type TypedValue } from '@virtwire/protocol';
import { DomainBlkioName as Name, DomainModificationImpact as Impact } from '@virtwire/protocol/constants';
import { ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { type DomainDefinition, removeChildren, setText } from './domain-definition.ts';
import { domainOf } from './domain-list.ts';
import { checkFlags } from './errors.ts';
import { domainError, oneDefinition } from './impact.ts';
import type { TestState } from './state.ts';
import { answerParams, checkParams } from './typed-params.ts';

const impactMask = Impact.Live | Impact.Config;
const stringOkay = 4;

/** Parameters that are lists of devices and numbers, and the elements that hold the numbers, in print order. */
const deviceParams = [
  [Name.DeviceWeight, 'weight'],
  [Name.DeviceReadIops, 'read_iops_sec'],
  [Name.DeviceWriteIops, 'write_iops_sec'],
  [Name.DeviceReadBps, 'read_bytes_sec'],
  [Name.DeviceWriteBps, 'write_bytes_sec'],
] as const;
const fieldOrder: readonly string[] = deviceParams.map(([, field]) => field);

/** Answers the calls about block I/O parameters. */
export function domainBlkioHandlers(state: TestState): DriverHandlers {
  return {
    domainGetBlkioParameters: ({ dom, nparams, flags }) => {
      checkFlags(flags, impactMask | stringOkay, 'testDomainGetBlkioParameters');
      if (nparams === 0) return { params: [], nparams: deviceParams.length + 1 };
      const tune = oneDefinition(domainOf(state, dom), flags).def.root.child('blkiotune');
      const values: Record<string, TypedValue> = { [Name.Weight]: { uint: Number(tune?.childText('weight') ?? 0) } };
      for (const [name, field] of deviceParams) {
        const parts = (tune?.children('device') ?? [])
          .map((device) => [device.childText('path'), device.childText(field) ?? '0'])
          .filter(([, value]) => value !== '0');
        values[name] = { string: parts.map((part) => part.join(',')).join(',') };
      }
      return answerParams(typedParams(values), nparams, flags);
    },
    domainSetBlkioParameters: ({ dom, params, flags }) => {
      checkFlags(flags, impactMask, 'testDomainSetBlkioParameters');
      const values = checkParams(params, {
        [Name.Weight]: 'uint',
        ...Object.fromEntries(deviceParams.map(([name]) => [name, 'string' as const])),
      });
      const domain = domainOf(state, dom);
      const { def } = oneDefinition(domain, flags);
      const weight = values.get(Name.Weight);
      const changes = deviceParams.flatMap(([name, field]) => {
        const text = values.get(name);
        return typeof text === 'string' ? [{ field, devices: parseDevices(name, text) }] : [];
      });
      if (weight !== undefined) {
        setText(def.section('blkiotune'), 'weight', Number(weight) === 0 ? null : String(weight), ['device']);
      }
      for (const { field, devices } of changes) setDevices(def, field, devices);
      def.dropEmpty('blkiotune');
      domain.touch();
      return {};
    },
  };
}

// A list of paths and numbers in turn: `/dev/sda,200,/dev/sdb,300`.
function parseDevices(name: string, text: string): Map<string, string> {
  const devices = new Map<string, string>();
  if (text === '') return devices;
  const parts = text.split(',');
  for (let index = 0; index < parts.length; index += 2) {
    const path = parts[index] ?? '';
    const value = parts[index + 1] ?? '';
    if ((!path.startsWith('/') && path === '') || !/^\d{1,20}$/.test(value)) {
      throw domainError(ErrorCode.InvalidArg, `unable to parse blkio device '${name}' '${text}'`);
    }
    devices.set(path, value);
  }
  return devices;
}

function setDevices(def: DomainDefinition, field: string, devices: ReadonlyMap<string, string>): void {
  const tune = def.section('blkiotune');
  for (const [path, value] of devices) {
    let device: XmlElement | undefined = tune.children('device').find((one) => one.childText('path') === path);
    if (device === undefined) {
      device = element('device', {}, [element('path', {}, [path])]);
      tune.nodes.push(device);
    }
    setText(device, field, value === '0' ? null : value, fieldOrder.slice(fieldOrder.indexOf(field) + 1));
  }
  removeChildren(tune, (child) => child.name === 'device' && child.children().length === 1);
}
