// Makes the XML of a pool from the options of pool-create-as and pool-define-as.
import type { XmlWriter } from '@virtwire/conf';
import { flag, text, word } from '../../option.ts';

/** The options that describe a pool. */
export const poolOptions = {
  name: word('name of the pool'),
  type: word('type of the pool, e.g. dir'),
  'print-xml': flag('print the XML instead of using it'),
  'source-host': text('host that serves it'),
  'source-path': text('folder or export that it comes from'),
  'source-dev': text('device that it comes from'),
  'source-name': text('name of what it comes from'),
  target: text('where it is found on the host'),
  'source-format': text('format of what it comes from'),
  'auth-type': text('kind of authentication'),
  'auth-username': text('name for the authentication'),
  'secret-usage': text('usage of the secret for the authentication'),
  'secret-uuid': text('UUID of the secret for the authentication'),
  'adapter-name': text('name of the SCSI adapter'),
  'adapter-wwnn': text('wwnn of the fibre channel adapter'),
  'adapter-wwpn': text('wwpn of the fibre channel adapter'),
  'adapter-parent': text('parent of the vHBA'),
  'adapter-parent-wwnn': text('wwnn of the parent of the vHBA'),
  'adapter-parent-wwpn': text('wwpn of the parent of the vHBA'),
  'adapter-parent-fabric-wwn': text('fabric of the parent of the vHBA'),
  'source-protocol-ver': text('version of the NFS protocol'),
  'source-initiator': text('iSCSI name of this side'),
};

type Values = Exclude<keyof typeof poolOptions, 'print-xml'>;
type TextOption = Exclude<Values, 'name' | 'type'>;

interface PoolArguments {
  text(name: TextOption): string | undefined;
  exclusive(...names: ('secret-usage' | 'secret-uuid')[]): void;
}

/** Makes the XML. */
export async function poolXml(name: string, type: string, args: PoolArguments): Promise<string> {
  args.exclusive('secret-usage', 'secret-uuid');
  const { XmlWriter } = await import('@virtwire/conf');
  const get = (option: TextOption) => args.text(option);
  const writer = new XmlWriter();
  writer.open('pool', { type }).leaf('name', name);
  const source = new XmlWriter(4);
  const host = get('source-host');
  const path = get('source-path');
  const device = get('source-dev');
  const initiator = get('source-initiator');
  if (host !== undefined) source.empty('host', { name: host });
  if (path !== undefined) source.empty('dir', { path });
  if (device !== undefined) source.empty('device', { path: device });
  if (initiator !== undefined) source.open('initiator').empty('iqn', { name: initiator }).close();
  writeAdapter(source, get);
  writeAuth(source, get);
  const format = get('source-format');
  const sourceName = get('source-name');
  const protocol = get('source-protocol-ver');
  if (format !== undefined) source.empty('format', { type: format });
  if (sourceName !== undefined) source.leaf('name', sourceName);
  const sourceText = source.toString();
  if (sourceText !== '') {
    // The version of a protocol alone makes no source.
    if (protocol !== undefined) source.empty('protocol', { ver: protocol });
    writer.open('source').raw(source.toString()).close();
  }
  const target = get('target');
  if (target !== undefined) writer.open('target').leaf('path', target).close();
  return writer.close().toString();
}

type Get = (option: TextOption) => string | undefined;

function writeAdapter(source: XmlWriter, get: Get): void {
  const name = get('adapter-name');
  const wwnn = get('adapter-wwnn');
  const wwpn = get('adapter-wwpn');
  if (name !== undefined) {
    source.empty('adapter', { type: 'scsi_host', name });
  } else if (wwnn !== undefined && wwpn !== undefined) {
    source.empty('adapter', { type: 'fc_host', ...parentOf(get), wwnn, wwpn });
  }
}

function parentOf(get: Get): Readonly<Record<string, string>> {
  const parent = get('adapter-parent');
  const wwnn = get('adapter-parent-wwnn');
  const wwpn = get('adapter-parent-wwpn');
  const fabric = get('adapter-parent-fabric-wwn');
  if (parent !== undefined) return { parent };
  if (wwnn !== undefined && wwpn !== undefined) return { parent_wwnn: wwnn, parent_wwpn: wwpn };
  return fabric === undefined ? {} : { parent_fabric_wwn: fabric };
}

function writeAuth(source: XmlWriter, get: Get): void {
  const type = get('auth-type');
  const username = get('auth-username');
  const usage = get('secret-usage');
  const uuid = get('secret-uuid');
  if (type === undefined || username === undefined || (usage === undefined && uuid === undefined)) return;
  source.open('auth', { type, username });
  source.empty('secret', usage === undefined ? { uuid } : { usage });
  source.close();
}
