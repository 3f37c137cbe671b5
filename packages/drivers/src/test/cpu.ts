// CPU models that libvirt knows, and the little of comparing them that needs no map of features.
import { parseXml, type XmlElement, XmlWriter } from '@virtwire/conf';
import { ConnectBaselineCpuFlags as Flags } from '@virtwire/protocol/constants';
import { type Answer, ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { chain } from './chain.ts';
import { checkFlags, checkNotEmpty, testError } from './errors.ts';

// As libvirt 9.0.0 lists them.
const x86 = (
  '486 pentium pentium2 pentium3 pentiumpro coreduo n270 core2duo qemu32 kvm32 cpu64-rhel5 cpu64-rhel6 qemu64 kvm64 ' +
  'Conroe Penryn Nehalem Nehalem-IBRS Westmere Westmere-IBRS SandyBridge SandyBridge-IBRS IvyBridge IvyBridge-IBRS ' +
  'Haswell-noTSX Haswell-noTSX-IBRS Haswell Haswell-IBRS Broadwell-noTSX Broadwell-noTSX-IBRS Broadwell Broadwell-IBRS ' +
  'Skylake-Client Skylake-Client-IBRS Skylake-Client-noTSX-IBRS Skylake-Server Skylake-Server-IBRS ' +
  'Skylake-Server-noTSX-IBRS Cascadelake-Server Cascadelake-Server-noTSX Icelake-Client Icelake-Client-noTSX ' +
  'Icelake-Server Icelake-Server-noTSX Cooperlake Snowridge athlon phenom Opteron_G1 Opteron_G2 Opteron_G3 Opteron_G4 ' +
  'Opteron_G5 EPYC EPYC-IBPB EPYC-Rome EPYC-Milan Dhyana'
).split(' ');
const power = ['POWER6', 'POWER7', 'POWER8', 'POWER9', 'POWER10', 'POWERPC_e5500', 'POWERPC_e6500'];

const models: Readonly<Record<string, readonly string[]>> = {
  i686: x86,
  x86_64: x86,
  ppc64: power,
  ppc64le: power,
  armv6l: [],
  armv7b: [],
  armv7l: [],
  aarch64: [],
  s390: [],
  s390x: [],
};
/** Architectures that libvirt knows, but of whose CPUs it knows nothing. */
const otherArchs = new Set(
  (
    'alpha cris ia64 lm32 m68k microblaze microblazeel mips mipsel mips64 mips64el openrisc parisc parisc64 ppc ppcle ' +
    'ppcemb riscv32 riscv64 sh4 sh4eb sparc sparc64 unicore32 xtensa xtensaeb'
  ).split(' '),
);

/** The CPU models of an architecture. @see virConnectGetCPUModelNames */
export function cpuModelNames(arch: string): readonly string[] {
  const known = Object.hasOwn(models, arch) ? models[arch] : undefined;
  if (known !== undefined) return known;
  if (otherArchs.has(arch)) {
    throw cpuError(ErrorCode.NoSupport, `'${arch}' architecture is not supported by CPU driver`);
  }
  throw testError(ErrorCode.InvalidArg, `cannot find architecture ${arch}`);
}

/**
 * The CPU that all given ones can be. Here they must be one and the same model.
 *
 * @throws LibvirtError `NoSupport` for different models or expanded features, which would need libvirt's CPU map
 * @see virConnectBaselineCPU
 */
export function baselineCpu(texts: readonly string[], flags: number): Answer<{ cpu: string }> {
  checkNotEmpty(texts, 'virConnectBaselineCPU', 'xmlCPUs');
  checkFlags(flags, Flags.ExpandFeatures, 'testConnectBaselineCPU');
  const parsed = texts.map((text) =>
    chain(parseXml(text, { source: '(CPU_definition)', errorDomain: ErrorDomain.Cpu }), readCpu),
  );
  const later = parsed.some((cpu) => cpu instanceof Promise);
  const all = later ? Promise.all(parsed.map((cpu) => Promise.resolve(cpu))) : (parsed as readonly Cpu[]);
  return chain<readonly Cpu[], { cpu: string }>(all, (cpus) => {
    const [first] = cpus as readonly [Cpu];
    if (flags !== 0 || cpus.some((cpu) => cpu.model !== first.model || cpu.arch !== first.arch)) {
      throw cpuError(ErrorCode.NoSupport, 'comparing CPU models needs a CPU map');
    }
    const shared = first.features.filter((name) => cpus.every((cpu) => cpu.features.includes(name)));
    return { cpu: formatCpu(first.model, shared, cpus.length > 1 ? 'allow' : 'forbid') };
  });
}

interface Cpu {
  readonly arch: string;
  readonly model: string;
  readonly features: readonly string[];
}

function readCpu(root: XmlElement): Cpu {
  if (root.name !== 'cpu') throw cpuError(ErrorCode.XmlError, "XML does not contain expected 'cpu' element");
  if (root.attribute('mode') !== null) {
    throw cpuError(ErrorCode.ConfigUnsupported, 'Attribute mode is only allowed for guest CPU');
  }
  const arch = root.childText('arch');
  if (arch === null) throw cpuError(ErrorCode.XmlError, 'Missing CPU architecture');
  const model = root.childText('model');
  if (model === null) throw cpuError(ErrorCode.XmlError, 'Missing CPU model name');
  if (!(models[arch] ?? []).includes(model)) throw cpuError(ErrorCode.InternalError, `Unknown CPU model ${model}`);
  return { arch, model, features: root.children('feature').map((feature) => feature.attribute('name') ?? '') };
}

function formatCpu(model: string, features: readonly string[], fallback: string): string {
  const writer = new XmlWriter().open('cpu', { mode: 'custom', match: 'exact' }).leaf('model', model, { fallback });
  for (const name of features) writer.empty('feature', { policy: 'require', name });
  return writer.close().toString();
}

function cpuError(code: number, detail: string): LibvirtError {
  return new LibvirtError(code, detail, { domain: ErrorDomain.Cpu });
}
