// What a storage driver says it can do: `<storagepoolCapabilities>`, and the `<capabilities>` of a storage connection.
import { type StorageFormats, type StoragePoolType, storagePoolOptions, storagePoolTypes } from './storage-formats.ts';
import { XmlWriter } from './xml/writer.ts';

/**
 * Prints which pool types are there, with the formats of their sources and volumes.
 *
 * @param supported the types that the driver has
 * @see virConnectGetStoragePoolCapabilities
 */
export function formatStoragePoolCapabilities(supported: readonly StoragePoolType[]): string {
  const writer = new XmlWriter().open('storagepoolCapabilities');
  for (const type of storagePoolTypes) {
    const { poolFormats, volumeFormats } = storagePoolOptions[type];
    writer.open('pool', { type, supported: supported.includes(type) ? 'yes' : 'no' });
    if (poolFormats !== null) formatFormats(writer, 'poolOptions', 'sourceFormatType', poolFormats);
    if (volumeFormats !== null) formatFormats(writer, 'volOptions', 'targetFormatType', volumeFormats);
    writer.close();
  }
  return writer.close().toString();
}

/**
 * Prints the capabilities of a connection that has nothing but storage.
 *
 * @param supported the types that the driver has, in the order in which it names them
 * @see virConnectGetCapabilities
 */
export function formatStorageConnectionCapabilities(supported: readonly StoragePoolType[]): string {
  const writer = new XmlWriter().open('capabilities').raw('\n');
  writer.open('pool').open('enum', { name: 'type' });
  for (const type of supported) writer.leaf('value', type);
  return writer.close().close().raw('\n').close().toString();
}

function formatFormats(writer: XmlWriter, element: string, list: string, formats: StorageFormats): void {
  writer.open(element).empty('defaultFormat', { type: formats.preset }).open('enum', { name: list });
  for (const name of formats.names.slice(0, formats.listed)) writer.leaf('value', name);
  writer.close().close();
}
