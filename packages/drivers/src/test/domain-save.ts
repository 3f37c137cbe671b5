// Saving domains to files and back, and dumping their memory, of which there is none.
import type { NonnullDomain } from '@virtwire/protocol';
import {
  DomainCoreDumpFlags as DumpFlags,
  DomainCoreDumpFormat as DumpFormat,
  DomainEventStartedDetailType as Started,
  DomainEventStoppedDetailType as Stopped,
  DomainRunningReason,
  DomainSaveImageXmlFlags,
  DomainSaveRestoreFlags as SaveFlags,
  DomainShutoffReason,
} from '@virtwire/protocol/constants';
import { type Answer, ErrorCode } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { chain } from './chain.ts';
import type { DomainDefinition } from './domain-definition.ts';
import { assignDefinition } from './domain-define.ts';
import { startAndTell, stopAndTell } from './domain-lifecycle.ts';
import { activeDomainOf } from './domain-list.ts';
import { readDomain } from './domain-xml.ts';
import { badArgument, checkExclusive, checkFlags, testError } from './errors.ts';
import { systemError } from './file.ts';
import type { TestState } from './state.ts';

/** How a saved domain begins: a text with its final NUL. */
const magic = new TextEncoder().encode('TestGuestMagic\0');
/** Most bytes of XML that a saved domain may hold. */
const mostXmlBytes = 8192;

/** Answers the calls that save, restore and dump. */
export function domainSaveHandlers(state: TestState): DriverHandlers {
  const write = (path: string, content: Uint8Array, what: string): Answer<unknown> =>
    attempt(() => {
      if (state.host.writeFile === undefined) throw noFiles();
      return state.host.writeFile(path, content);
    }, what);

  const save = (dom: NonnullDomain, path: string, dxml: string | null, flags: number) => {
    checkRunOrPause(flags, 'virDomainSaveFlags');
    checkFlags(flags, 0, 'testDomainSaveFlags');
    if (dxml !== null) throw testError(ErrorCode.ArgumentUnsupported, 'xml modification unsupported');
    const domain = activeDomainOf(state, dom);
    const what = `saving domain '${domain.name}' to '${path}': open failed`;
    return chain(write(path, imageOf(domain.def), what), () => {
      stopAndTell(state, domain, DomainShutoffReason.Saved, Stopped.Saved);
      return {};
    });
  };
  const restore = (path: string, dxml: string | null, flags: number) => {
    checkRunOrPause(flags, 'virDomainRestoreFlags');
    checkFlags(flags, 0, 'testDomainRestoreFlags');
    if (dxml !== null) throw testError(ErrorCode.ArgumentUnsupported, 'xml modification unsupported');
    return chain(readImage(state, path), (definition) => {
      const { domain } = assignDefinition(state, definition, true);
      startAndTell(state, domain, DomainRunningReason.Restored, Started.Restored);
      return {};
    });
  };
  const dump = (dom: NonnullDomain, path: string, format: number, flags: number, api: string) => {
    checkDumpFlags(flags, api);
    checkFlags(flags, DumpFlags.Crash, 'testDomainCoreDumpWithFormat');
    const domain = activeDomainOf(state, dom);
    const what = `domain '${domain.name}' coredump: failed to open ${path}`;
    return chain(write(path, magic, what), () => {
      // The file is written first, whatever its format should have been.
      if (format !== DumpFormat.Raw) {
        throw testError(ErrorCode.OperationUnsupported, 'kdump-compressed format is not supported here');
      }
      if ((flags & DumpFlags.Crash) !== 0) {
        stopAndTell(state, domain, DomainShutoffReason.Crashed, Stopped.Crashed);
      }
      return {};
    });
  };

  return {
    domainSave: ({ dom, to }) => save(dom, to, null, 0),
    domainSaveFlags: ({ dom, to, dxml, flags }) => save(dom, to, dxml, flags),
    domainRestore: ({ from }) => restore(from, null, 0),
    domainRestoreFlags: ({ from, dxml, flags }) => restore(from, dxml, flags),
    domainSaveImageGetXmlDesc: ({ file, flags }) => {
      checkFlags(flags, DomainSaveImageXmlFlags.Secure, 'testDomainSaveImageGetXMLDesc');
      return chain(readImage(state, file), (definition) => ({ xml: definition.conf.format({ secure: true }) }));
    },
    domainSaveImageDefineXml: ({ file, dxml, flags }) => {
      checkRunOrPause(flags, 'virDomainSaveImageDefineXML');
      checkFlags(flags, SaveFlags.Running | SaveFlags.Paused, 'testDomainSaveImageDefineXML');
      return chain(readImage(state, file), () =>
        chain(readDomain(dxml), (definition) => {
          const what = `saving domain '${definition.name}' to '${file}': open failed`;
          return chain(write(file, imageOf(definition), what), () => ({}));
        }),
      );
    },
    domainCoreDump: ({ dom, to, flags }) => dump(dom, to, DumpFormat.Raw, flags, 'virDomainCoreDump'),
    domainCoreDumpWithFormat: ({ dom, to, dumpformat, flags }) => {
      const api = 'virDomainCoreDumpWithFormat';
      if (dumpformat > DumpFormat.WinDmp) {
        throw badArgument(api, 'flags', `dumpformat '${dumpformat}' is not supported`);
      }
      return dump(dom, to, dumpformat, flags, api);
    },
  };
}

function checkRunOrPause(flags: number, api: string): void {
  checkExclusive(
    flags,
    [SaveFlags.Running, 'VIR_DOMAIN_SAVE_RUNNING'],
    [SaveFlags.Paused, 'VIR_DOMAIN_SAVE_PAUSED'],
    api,
  );
}

function checkDumpFlags(flags: number, api: string): void {
  const crash = [DumpFlags.Crash, 'VIR_DUMP_CRASH'] as const;
  const live = [DumpFlags.Live, 'VIR_DUMP_LIVE'] as const;
  const reset = [DumpFlags.Reset, 'VIR_DUMP_RESET'] as const;
  checkExclusive(flags, crash, live, api);
  checkExclusive(flags, crash, reset, api);
  checkExclusive(flags, live, reset, api);
}

// The magic, the length of the XML (a C int of the host, which is little-endian wherever libvirt runs), the XML.
function imageOf(definition: DomainDefinition): Uint8Array {
  const xml = new TextEncoder().encode(definition.conf.format({ secure: true }));
  const image = new Uint8Array(magic.length + 4 + xml.length);
  image.set(magic);
  new DataView(image.buffer).setInt32(magic.length, xml.length, true);
  image.set(xml, magic.length + 4);
  return image;
}

function readImage(state: TestState, path: string): Answer<DomainDefinition> {
  const content = attempt(() => {
    if (state.host.readFile === undefined) throw noFiles();
    return state.host.readFile(path);
  }, `cannot read domain image '${path}'`);
  return chain(content, (image) => readDomain(xmlOf(image, path)));
}

function xmlOf(image: Uint8Array, path: string): string {
  if (image.length < magic.length) throw shortRead(`incomplete save header in '${path}'`);
  if (magic.some((byte, index) => image[index] !== byte)) {
    throw testError(ErrorCode.InternalError, 'mismatched header magic');
  }
  const start = magic.length + 4;
  if (image.length < start) throw shortRead(`failed to read metadata length in '${path}'`);
  const length = new DataView(image.buffer, image.byteOffset).getInt32(magic.length, true);
  if (length < 1 || length > mostXmlBytes) {
    throw testError(ErrorCode.InternalError, 'length of metadata out of range');
  }
  if (image.length < start + length) throw shortRead(`incomplete metadata in '${path}'`);
  return new TextDecoder().decode(image.subarray(start, start + length));
}

// A file that is too short is no error of the system: libvirt prints the text of error number 0.
function shortRead(what: string) {
  return systemError(Object.assign(new Error(what), { code: 'OK' }), what);
}

function noFiles(): Error {
  return Object.assign(new Error('there are no files here'), { code: 'ENOSYS' });
}

function attempt<T>(act: () => T | Promise<T>, what: string): Answer<T> {
  try {
    const done = act();
    if (!(done instanceof Promise)) return done;
    return done.catch((error: unknown) => {
      throw systemError(error, what);
    });
  } catch (error) {
    throw systemError(error, what);
  }
}
