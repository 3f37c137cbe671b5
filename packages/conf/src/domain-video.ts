// What a video model has when the definition does not say.
import { reorderAttributes } from './xml/edit.ts';
import type { XmlElement } from './xml/element.ts';

/** How many KiB of video memory a model has when none are stated (virDomainVideoDefaultRAM). */
const videoRam: Readonly<Record<string, number>> = {
  vga: 16384,
  cirrus: 16384,
  vmvga: 16384,
  bochs: 16384,
  xen: 4096,
  parallels: 8192,
  vbox: 8192,
  qxl: 65536,
};

/**
 * Fills in what a video model has by default.
 *
 * @see virDomainVideoModelDefParseXML
 */
export function completeVideoModel(model: XmlElement): void {
  const type = model.attribute('type') ?? '';
  const ram = videoRam[type];
  if (type === 'qxl' && model.attribute('ram') === null) model.setAttribute('ram', '65536');
  const vram = model.attribute('vram');
  // vga memory is a power of two.
  if (vram !== null && (type === 'vga' || type === 'qxl')) model.setAttribute('vram', String(powerOfTwo(Number(vram))));
  else if (vram === null && ram !== undefined) model.setAttribute('vram', String(ram));
  if (type === 'none') model.setAttribute('heads', null);
  else if (model.attribute('heads') === null) model.setAttribute('heads', '1');
  reorderAttributes(model, ['type', 'ram', 'vram', 'vram64', 'vgamem', 'heads', 'primary', 'blob']);
}

function powerOfTwo(value: number): number {
  let power = 1;
  while (power < value && power < 2 ** 31) power *= 2;
  return power;
}
