// cpu-models, cpu-compare, cpu-baseline and their like for the hypervisor: which CPUs can be had.
import { parseXml, type XmlElement } from '@virtwire/conf';
import { command } from '../../command.ts';
import type { Shell } from '../../context.ts';
import { attempt, CommandFailure, fail } from '../../failure.ts';
import { readXmlFile } from '../../files.ts';
import { flag, text, word } from '../../option.ts';

// virConnectCompareCPUFlags, virConnectBaselineCPUFlags
const FAIL_INCOMPATIBLE = 1;
const VALIDATE_XML = 2;
const EXPAND_FEATURES = 1;
const MIGRATABLE = 2;
// virCPUCompareResult
const INCOMPATIBLE = 0;
const IDENTICAL = 1;
const SUPERSET = 2;

export const cpuModels = command({
  description: 'Lists the models of CPUs that libvirt knows for an architecture.',
  options: { arch: word('the architecture, e.g. x86_64') },
  async run(shell, args) {
    const arch = args.text('arch');
    const models = await attempt(shell.connection.getCpuModelNames(arch), 'failed to get CPU model names');
    if (models.length === 0) shell.print('all CPU models are accepted\n');
    for (const model of models) shell.print(`${model}\n`);
  },
});

// The CPUs in a file: alone, or within capabilities of hosts or domains, or one after the other.
async function cpusOf(file: string): Promise<readonly XmlElement[]> {
  const content = await readXmlFile(file);
  const root = await Promise.resolve()
    .then(() => parseXml(`<container>${content.replace(/<\?xml[^>]*\?>/g, '')}</container>`, { source: file }))
    .catch((thrown) => {
      throw new CommandFailure(null, thrown);
    });
  const found: XmlElement[] = [];
  const visit = (element: XmlElement): void => {
    for (const child of element.children()) {
      if (child.name === 'cpu' && isWhole(child)) found.push(child);
      else if (
        child.name === 'mode' &&
        child.attribute('name') === 'host-model' &&
        child.attribute('supported') === 'yes'
      ) {
        found.push(child);
      } else visit(child);
    }
  };
  visit(root);
  if (found.length === 0)
    fail(
      `File '${file}' does not contain any <cpu> element or valid domain XML, host capabilities XML, or domain capabilities XML`,
    );
  return found;
}

// <cpu> of a topology is another thing.
function isWhole(cpu: XmlElement): boolean {
  return cpu.attribute('id') === null;
}

async function cpuTexts(file: string): Promise<string[]> {
  const { dumpElement } = await import('@virtwire/conf');
  return (await cpusOf(file)).map((cpu) =>
    dumpElement(cpu)
      .replaceAll(/^<mode [^>]*>/g, '<cpu>')
      .replace(/<\/mode>$/, '</cpu>'),
  );
}

function tellComparison(shell: Shell, file: string, result: number, whose: string): void {
  if (result === INCOMPATIBLE) {
    shell.print(`CPU described in ${file} is incompatible with ${whose}\n`);
    throw new CommandFailure(null);
  }
  if (result === IDENTICAL) shell.print(`CPU described in ${file} is identical to ${whose}\n`);
  else if (result === SUPERSET) {
    shell.print(
      whose === 'host CPU'
        ? `Host CPU is a superset of CPU described in ${file}\n`
        : `The CPU provided by hypervisor on the host is a superset of CPU described in ${file}\n`,
    );
  } else fail(`Failed to compare ${whose === 'host CPU' ? 'host' : 'hypervisor'} CPU with ${file}`);
}

const compareOptions = { error: flag('fail when they do not fit'), validate: flag('check the XML against the schema') };

function compareFlags(args: { flag(name: 'error' | 'validate'): boolean }): number {
  return (args.flag('error') ? FAIL_INCOMPATIBLE : 0) | (args.flag('validate') ? VALIDATE_XML : 0);
}

export const cpuCompare = command({
  description: 'Compares a CPU with the one of the host.',
  options: { file: word('file with the XML of the CPU'), ...compareOptions },
  async run(shell, args) {
    const file = args.text('file');
    const [xml = ''] = await cpuTexts(file);
    const call = shell.connection.compareCpu(xml, compareFlags(args));
    tellComparison(shell, file, await attempt(call, `Failed to compare host CPU with ${file}`), 'host CPU');
  },
});

const baselineOptions = {
  features: flag('name all features'),
  migratable: flag('without features that hinder migration'),
};

function baselineFlags(args: { flag(name: 'features' | 'migratable'): boolean }): number {
  return (args.flag('features') ? EXPAND_FEATURES : 0) | (args.flag('migratable') ? MIGRATABLE : 0);
}

export const cpuBaseline = command({
  description: 'Gives the CPU that all of these can do.',
  options: { file: word('file with the XML of CPUs'), ...baselineOptions },
  async run(shell, args) {
    const flags = baselineFlags(args);
    const cpus = await cpuTexts(args.text('file'));
    shell.print(await attempt(shell.connection.baselineCpu(cpus, flags), null));
  },
});

const hypervisorOptions = {
  virttype: text('kind of hypervisor, e.g. kvm'),
  emulator: text('the emulator'),
  arch: text('architecture of the CPU'),
  machine: text('kind of machine'),
};

interface HypervisorArguments {
  text(name: 'virttype' | 'emulator' | 'arch' | 'machine'): string | undefined;
}

function choiceOf(args: HypervisorArguments) {
  return {
    virtType: args.text('virttype') ?? null,
    emulator: args.text('emulator') ?? null,
    arch: args.text('arch') ?? null,
    machine: args.text('machine') ?? null,
  };
}

export const hypervisorCpuCompare = command({
  description: 'Compares a CPU with the one that the hypervisor can give.',
  options: { file: word('file with the XML of the CPU'), ...hypervisorOptions, ...compareOptions },
  async run(shell, args) {
    const file = args.text('file');
    const [xml = ''] = await cpuTexts(file);
    const call = shell.connection.compareHypervisorCpu(xml, choiceOf(args), compareFlags(args));
    const result = await attempt(call, `Failed to compare hypervisor CPU with ${file}`);
    tellComparison(shell, file, result, 'the CPU provided by hypervisor on the host');
  },
});

export const hypervisorCpuBaseline = command({
  description: 'Gives the CPU that the hypervisor can give on all of these.',
  options: {
    file: text('file with the XML of CPUs'),
    ...hypervisorOptions,
    ...baselineOptions,
    model: text('name of a model instead of a file'),
  },
  async run(shell, args) {
    const file = args.text('file');
    const model = args.text('model');
    args.exclusive('file', 'model');
    if (file === undefined && model === undefined) fail('Either --file or --model must be provided');
    const cpus = file === undefined ? [`<cpu>\n  <model>${model}</model>\n</cpu>\n`] : await cpuTexts(file);
    const call = shell.connection.baselineHypervisorCpu(cpus, choiceOf(args), baselineFlags(args));
    shell.print(await attempt(call, null));
  },
});
