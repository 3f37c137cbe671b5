// Structs that more than one procedure uses, under libvirt's names without `remote_`.
import {
  array,
  chars,
  double,
  enumeration,
  hyper,
  int,
  opaque,
  optional,
  string,
  struct,
  type Infer,
  uhyper,
  uint,
  union,
  uuid,
  type Writer,
} from '@virtwire/rpc';
import {
  CONNECT_GET_ALL_DOMAIN_STATS_MAX,
  CPUMAP_MAX,
  DOMAIN_FSINFO_DISKS_MAX,
  DOMAIN_IP_ADDR_MAX,
  SECURITY_LABEL_MAX,
  STRING_MAX,
} from './limits.ts';

/** A string that is always there, at most 4 MiB (`remote_nonnull_string`). */
export const text = string(STRING_MAX);
/** A string or null (`remote_string`). */
export const optionalText = optional(text);

/** Ways to authenticate (`remote_auth_type`). */
export const AuthType = { None: 0, Sasl: 1, Polkit: 2 } as const;
/** One of the numbers in {@link AuthType:var}. */
export type AuthType = (typeof AuthType)[keyof typeof AuthType];
/** A way to authenticate. */
export const authType = enumeration(AuthType);

const paramValue = union({ 1: int, 2: uint, 3: hyper, 4: uhyper, 5: double, 6: int, 7: text });

// Statistics of a thousand domains are thousands of these: written out, they take a third of the time.
function encodeParamValue(w: Writer, param: Infer<typeof paramValue>): void {
  switch (param.type) {
    case 1:
    case 6:
      w.int(param.type);
      w.int(param.value);
      return;
    case 2:
      w.int(2);
      w.uint(param.value);
      return;
    case 4:
      w.int(4);
      w.uhyper(param.value);
      return;
    default:
      paramValue.encode(w, param);
  }
}

/** A value of a typed parameter; `type` is a number of virTypedParameterType, booleans are 0 or 1. */
export const TypedParamValue: typeof paramValue = { ...paramValue, encode: encodeParamValue };
/** A value of {@link TypedParamValue:var}. */
export type TypedParamValue = Infer<typeof TypedParamValue>;

/** A typed parameter: a name and a value that knows its type. */
export const TypedParam = struct(
  { field: text, value: TypedParamValue },
  {
    encode: (w, { field, value }) => {
      w.string(field, STRING_MAX);
      encodeParamValue(w, value);
    },
    decode: (r) => ({ field: r.string(STRING_MAX), value: paramValue.decode(r) }),
  },
);
/** A value of {@link TypedParam:var}. */
export type TypedParam = Infer<typeof TypedParam>;

// Null: its bytes have not been asked for yet.
const keptDomains = new WeakMap<{ readonly uuid: string }, Uint8Array | null>();

/**
 * Promises that nobody will change this value: its bytes are made once, however many lists it comes in.
 *
 * @returns the value itself
 */
export function keepDomain(dom: Readonly<NonnullDomain>): NonnullDomain {
  keptDomains.set(dom, null);
  return dom;
}

/** Which domain; `id` is -1 when it is not running. */
export const NonnullDomain = struct(
  { name: text, uuid, id: int },
  {
    encode: (w, dom) => {
      const kept = keptDomains.get(dom);
      if (kept instanceof Uint8Array) {
        w.raw(kept);
        return;
      }
      const start = w.position;
      w.string(dom.name, STRING_MAX);
      w.uuid(dom.uuid);
      w.int(dom.id);
      if (kept === null) keptDomains.set(dom, w.bytes.slice(start, w.position));
    },
    decode: (r) => ({ name: r.string(STRING_MAX), uuid: r.uuid(), id: r.int() }),
  },
);
/** A value of {@link NonnullDomain:var}. */
export type NonnullDomain = Infer<typeof NonnullDomain>;

/** Which virtual network. */
export const NonnullNetwork = struct({ name: text, uuid });
/** A value of {@link NonnullNetwork:var}. */
export type NonnullNetwork = Infer<typeof NonnullNetwork>;

/** Which port of a virtual network. */
export const NonnullNetworkPort = struct({ net: NonnullNetwork, uuid });
/** A value of {@link NonnullNetworkPort:var}. */
export type NonnullNetworkPort = Infer<typeof NonnullNetworkPort>;

/** Which network filter. */
export const NonnullNwfilter = struct({ name: text, uuid });
/** A value of {@link NonnullNwfilter:var}. */
export type NonnullNwfilter = Infer<typeof NonnullNwfilter>;

/** Which binding of a network filter. */
export const NonnullNwfilterBinding = struct({ portdev: text, filtername: text });
/** A value of {@link NonnullNwfilterBinding:var}. */
export type NonnullNwfilterBinding = Infer<typeof NonnullNwfilterBinding>;

/** Which interface of the host. */
export const NonnullInterface = struct({ name: text, mac: text });
/** A value of {@link NonnullInterface:var}. */
export type NonnullInterface = Infer<typeof NonnullInterface>;

/** Which storage pool. */
export const NonnullStoragePool = struct({ name: text, uuid });
/** A value of {@link NonnullStoragePool:var}. */
export type NonnullStoragePool = Infer<typeof NonnullStoragePool>;

/** Which storage volume; `pool` is the name of its pool. */
export const NonnullStorageVol = struct({ pool: text, name: text, key: text });
/** A value of {@link NonnullStorageVol:var}. */
export type NonnullStorageVol = Infer<typeof NonnullStorageVol>;

/** Which device of the host. */
export const NonnullNodeDevice = struct({ name: text });
/** A value of {@link NonnullNodeDevice:var}. */
export type NonnullNodeDevice = Infer<typeof NonnullNodeDevice>;

/** Which secret; `usageType` is a number of virSecretUsageType. */
export const NonnullSecret = struct({ uuid, usageType: int, usageID: text });
/** A value of {@link NonnullSecret:var}. */
export type NonnullSecret = Infer<typeof NonnullSecret>;

/** Which checkpoint of which domain. */
export const NonnullDomainCheckpoint = struct({ name: text, dom: NonnullDomain });
/** A value of {@link NonnullDomainCheckpoint:var}. */
export type NonnullDomainCheckpoint = Infer<typeof NonnullDomainCheckpoint>;

/** Which snapshot of which domain. */
export const NonnullDomainSnapshot = struct({ name: text, dom: NonnullDomain });
/** A value of {@link NonnullDomainSnapshot:var}. */
export type NonnullDomainSnapshot = Infer<typeof NonnullDomainSnapshot>;

/** A virtual CPU: `state` of virVcpuState, `cpu_time` in nanoseconds, `cpu` it ran on last or -1. */
export const VcpuInfo = struct({ number: uint, state: int, cpu_time: uhyper, cpu: int });
/** A value of {@link VcpuInfo:var}. */
export type VcpuInfo = Infer<typeof VcpuInfo>;

/** One counter of the CPUs of the host, in nanoseconds. */
export const NodeGetCpuStats = struct({ field: text, value: uhyper });
/** A value of {@link NodeGetCpuStats:var}. */
export type NodeGetCpuStats = Infer<typeof NodeGetCpuStats>;

/** One amount of memory of the host, in KiB. */
export const NodeGetMemoryStats = struct({ field: text, value: uhyper });
/** A value of {@link NodeGetMemoryStats:var}. */
export type NodeGetMemoryStats = Infer<typeof NodeGetMemoryStats>;

/** A disk with an error of virDomainDiskErrorCode. */
export const DomainDiskError = struct({ disk: text, error: int });
/** A value of {@link DomainDiskError:var}. */
export type DomainDiskError = Infer<typeof DomainDiskError>;

/** One statistic of the memory of a domain; `tag` of virDomainMemoryStatTags. */
export const DomainMemoryStat = struct({ tag: int, val: uhyper });
/** A value of {@link DomainMemoryStat:var}. */
export type DomainMemoryStat = Infer<typeof DomainMemoryStat>;

/** An I/O thread and the CPUs that it may run on, one bit each, lowest first. */
export const DomainIothreadInfo = struct({ iothread_id: uint, cpumap: opaque(CPUMAP_MAX) });
/** A value of {@link DomainIothreadInfo:var}. */
export type DomainIothreadInfo = Infer<typeof DomainIothreadInfo>;

/** One end of a graphics connection; `family` of virDomainEventGraphicsAddressType. */
export const DomainEventGraphicsAddress = struct({ family: int, node: text, service: text });
/** A value of {@link DomainEventGraphicsAddress:var}. */
export type DomainEventGraphicsAddress = Infer<typeof DomainEventGraphicsAddress>;

/** One proof of who connects, e.g. type `x509dname`. */
export const DomainEventGraphicsIdentity = struct({ type: text, name: text });
/** A value of {@link DomainEventGraphicsIdentity:var}. */
export type DomainEventGraphicsIdentity = Infer<typeof DomainEventGraphicsIdentity>;

/** A lease of a DHCP server; `expirytime` in seconds since the epoch, `type` of virIPAddrType. */
export const NetworkDhcpLease = struct({
  iface: text,
  expirytime: hyper,
  type: int,
  mac: optionalText,
  iaid: optionalText,
  ipaddr: text,
  prefix: uint,
  hostname: optionalText,
  clientid: optionalText,
});
/** A value of {@link NetworkDhcpLease:var}. */
export type NetworkDhcpLease = Infer<typeof NetworkDhcpLease>;

const statsParams = array(TypedParam, CONNECT_GET_ALL_DOMAIN_STATS_MAX);

/** Statistics of one domain. */
export const DomainStatsRecord = struct(
  { dom: NonnullDomain, params: statsParams },
  {
    encode: (w, { dom, params }) => {
      NonnullDomain.encode(w, dom);
      statsParams.encode(w, params);
    },
    decode: (r) => ({ dom: NonnullDomain.decode(r), params: statsParams.decode(r) }),
  },
);
/** A value of {@link DomainStatsRecord:var}. */
export type DomainStatsRecord = Infer<typeof DomainStatsRecord>;

/** A mounted file system in a guest and the disks under it. */
export const DomainFsinfo = struct({
  mountpoint: text,
  name: text,
  fstype: text,
  dev_aliases: array(text, DOMAIN_FSINFO_DISKS_MAX),
});
/** A value of {@link DomainFsinfo:var}. */
export type DomainFsinfo = Infer<typeof DomainFsinfo>;

/** An address of a guest; `type` of virIPAddrType. */
export const DomainIpAddr = struct({ type: int, addr: text, prefix: uint });
/** A value of {@link DomainIpAddr:var}. */
export type DomainIpAddr = Infer<typeof DomainIpAddr>;

/** An interface of a guest and its addresses. */
export const DomainInterface = struct({
  name: text,
  hwaddr: optionalText,
  addrs: array(DomainIpAddr, DOMAIN_IP_ADDR_MAX),
});
/** A value of {@link DomainInterface:var}. */
export type DomainInterface = Infer<typeof DomainInterface>;

/** A security label with its final NUL; `enforcing` is 0 or 1. */
export const SecurityLabel = struct({ label: chars(SECURITY_LABEL_MAX), enforcing: int });
/** A value of {@link SecurityLabel:var}. */
export type SecurityLabel = Infer<typeof SecurityLabel>;
