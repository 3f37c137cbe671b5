// Defining, creating, renaming and undefining domains, and the texts that users attach to them.
import { domainEvents } from '@virtwire/protocol';
import {
  DomainCreateFlags,
  DomainDefineFlags,
  DomainEventDefinedDetailType as Defined,
  DomainEventStartedDetailType as Started,
  DomainEventType as Event,
  DomainEventUndefinedDetailType as Undefined,
  DomainLifecycle,
  DomainMetadataType as MetadataType,
  DomainModificationImpact as Impact,
  DomainRunningReason,
  DomainState,
  DomainUndefineFlags,
} from '@virtwire/protocol/constants';
import type { NonnullDomain } from '@virtwire/protocol';
import type { MetadataKind } from '@virtwire/conf';
import { type Answer, ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { DriverHandlers } from '../define.ts';
import { chain } from './chain.ts';
import { setText, type DomainDefinition } from './domain-definition.ts';
import { startAndTell } from './domain-lifecycle.ts';
import { domainOf } from './domain-list.ts';
import { TestDomain } from './domain-object.ts';
import { readDomain } from './domain-xml.ts';
import { badArgument, checkExclusive, checkFlags, operationInvalid, testError } from './errors.ts';
import { affectedDefinitions, domainError, oneDefinition } from './impact.ts';
import { publishLifecycle } from './lifecycle-event.ts';
import type { TestState } from './state.ts';

const impactMask = Impact.Live | Impact.Config;

/**
 * Puts a definition into the state: a new domain, or a new definition of the one with that name and uuid.
 *
 * @param live true when it is to run: one that runs already is refused
 * @see virDomainObjListAdd
 */
export function assignDefinition(
  state: TestState,
  definition: DomainDefinition,
  live: boolean,
): { readonly domain: TestDomain; readonly isNew: boolean } {
  const { name, uuid } = definition;
  const same = state.domains.byUuid(uuid);
  if (same !== undefined) {
    if (same.name !== name) {
      throw domainError(ErrorCode.OperationFailed, `domain '${same.name}' is already defined with uuid ${uuid}`);
    }
    if (live && same.active) throw domainError(ErrorCode.OperationInvalid, `domain '${name}' is already active`);
    if (live && same.persistent) {
      // What was defined stays for the next start, this definition counts only for now.
      same.runOnce(definition);
    } else {
      same.define(definition);
    }
    return { domain: same, isNew: false };
  }
  const named = state.domains.byName(name);
  if (named !== undefined) {
    throw domainError(ErrorCode.OperationFailed, `domain '${name}' already exists with uuid ${named.uuid}`);
  }
  const domain = new TestDomain(definition);
  state.domains.add(domain);
  return { domain, isNew: true };
}

/** Answers the calls that define domains. */
export function domainDefineHandlers(state: TestState): DriverHandlers {
  const define = (xml: string, flags: number) => {
    checkFlags(flags, DomainDefineFlags.Validate, 'testDomainDefineXMLFlags');
    return chain(readDomain(xml), (definition) => {
      const { domain, isNew } = assignDefinition(state, definition, false);
      domain.persistent = true;
      domain.touch();
      publishLifecycle(state, domain, Event.Defined, isNew ? Defined.Added : Defined.Updated);
      return { dom: domain.ref };
    });
  };
  const create = (xml: string, flags: number) => {
    checkFlags(flags, DomainCreateFlags.StartValidate, 'testDomainCreateXML');
    return chain(readDomain(xml), (definition) => {
      const { domain } = assignDefinition(state, definition, true);
      startAndTell(state, domain, DomainRunningReason.Booted, Started.Booted);
      return { dom: domain.ref };
    });
  };
  const undefine = (dom: NonnullDomain, flags: number) => {
    checkFlags(
      flags,
      DomainUndefineFlags.ManagedSave | DomainUndefineFlags.SnapshotsMetadata,
      'testDomainUndefineFlags',
    );
    const domain = domainOf(state, dom);
    if (domain.hasManagedSave && (flags & DomainUndefineFlags.ManagedSave) === 0) {
      throw operationInvalid('Refusing to undefine while domain managed save image exists');
    }
    const snapshots = domain.snapshots.size;
    if (!domain.active && snapshots > 0 && (flags & DomainUndefineFlags.SnapshotsMetadata) === 0) {
      throw operationInvalid(`cannot delete inactive domain with ${snapshots} snapshots`);
    }
    publishLifecycle(state, domain, Event.Undefined, Undefined.Removed);
    domain.hasManagedSave = false;
    if (domain.active) domain.persistent = false;
    else state.domains.remove(domain);
    return {};
  };

  return {
    domainDefineXml: ({ xml }) => define(xml, 0),
    domainDefineXmlFlags: ({ xml, flags }) => define(xml, flags),
    domainCreateXml: ({ xml_desc, flags }) => create(xml_desc, flags),
    domainCreateXmlWithFiles: ({ xml_desc, flags }) => create(xml_desc, flags),
    domainUndefine: ({ dom }) => undefine(dom, 0),
    domainUndefineFlags: ({ dom, flags }) => undefine(dom, flags),
    domainRename: ({ dom, new_name, flags }) => {
      const name = new_name;
      const api = 'virDomainRename';
      if (name === null) throw badArgument(api, 'new_name', `new_name in ${api} must not be NULL`);
      if (name === '') throw badArgument(api, 'new_name', `string new_name in ${api} must not be empty`);
      checkFlags(flags, 0, 'testDomainRename');
      const domain = domainOf(state, dom);
      rename(state, domain, name);
      return { retcode: 0 };
    },
    domainSetLifecycleAction: ({ dom, type, action, flags }) => {
      checkFlags(flags, impactMask, 'testDomainSetLifecycleAction');
      const [tag, word] = lifecycleAction(type, action);
      const domain = domainOf(state, dom);
      const affected = affectedDefinitions(domain, flags);
      for (const def of [affected.live, affected.config]) if (def !== null) setText(def.root, tag, word);
      domain.touch();
      return {};
    },
    domainGetMetadata: ({ dom, type, uri, flags }) => {
      const api = 'virDomainGetMetadata';
      const live = [Impact.Live, 'VIR_DOMAIN_AFFECT_LIVE'] as const;
      checkExclusive(flags, live, [Impact.Config, 'VIR_DOMAIN_AFFECT_CONFIG'], api);
      checkTextArgument(uri, type, api, 'uri');
      checkFlags(flags, impactMask, 'testDomainGetMetadata');
      const domain = domainOf(state, dom);
      const kind = metadataKind(type);
      return { metadata: oneDefinition(domain, flags).def.conf.getMetadata(kind, uri) };
    },
    domainSetMetadata: ({ dom, type, metadata, key, uri, flags }) => {
      const api = 'virDomainSetMetadata';
      if (type === MetadataType.Title && metadata?.includes('\n')) {
        throw badArgument(api, 'metadata', "metadata title can't contain newlines");
      }
      checkTextArgument(uri, type, api, 'uri');
      // The prefix of an element matters only when there is one to be set.
      if (type !== MetadataType.Element || metadata !== null) checkTextArgument(key, type, api, 'key');
      checkFlags(flags, impactMask, 'testDomainSetMetadata');
      const domain = domainOf(state, dom);
      const affected = affectedDefinitions(domain, flags);
      const kind = metadataKind(type);
      const set = (def: DomainDefinition | null): Answer<unknown> => def?.conf.setMetadata(kind, metadata, key, uri);
      return chain(set(affected.live), () =>
        chain(set(affected.config), () => {
          domain.touch();
          state.hub.publish(domainEvents.metadataChange, { dom: domain.ref, type, nsuri: uri });
          return {};
        }),
      );
    },
  };
}

function rename(state: TestState, domain: TestDomain, name: string): void {
  if (domain.active) throw operationInvalid('cannot rename active domain');
  if (!domain.persistent) throw operationInvalid('cannot rename a transient domain');
  if (domain.state !== DomainState.Shutoff) throw operationInvalid('domain has to be shutoff before renaming');
  if (domain.name === name) throw domainError(ErrorCode.OperationInvalid, "Can't rename domain to itself");
  if (state.domains.byName(name) !== undefined) {
    throw domainError(ErrorCode.OperationInvalid, `domain with name '${name}' already exists`);
  }
  if (name.includes('/')) throw testError(ErrorCode.XmlError, `name ${name} cannot contain '/'`);
  publishLifecycle(state, domain, Event.Undefined, Undefined.Renamed);
  state.domains.update(domain, () => {
    domain.def.setName(name);
    domain.touch();
  });
  publishLifecycle(state, domain, Event.Defined, Defined.Renamed);
}

// An element of metadata has a key and an address; title and description have neither.
function checkTextArgument(value: string | null, type: number, api: string, argument: string): void {
  if (type === MetadataType.Element && value === null) {
    throw badArgument(api, argument, `${argument} in ${api} must not be NULL`);
  }
  const isText = type === MetadataType.Title || type === MetadataType.Description;
  if (isText && value !== null) throw badArgument(api, argument, `${argument} in ${api} must be NULL`);
}

function metadataKind(type: number): MetadataKind {
  if (type === MetadataType.Description) return 'description';
  if (type === MetadataType.Title) return 'title';
  if (type === MetadataType.Element) return 'element';
  throw domainError(ErrorCode.InvalidArg, `unknown metadata type '${type}'`);
}

const lifecycleTags = ['on_poweroff', 'on_reboot', 'on_crash'] as const;
const lifecycleNames = ['poweroff', 'reboot', 'crash'] as const;
const lifecycleActions = [
  'destroy',
  'restart',
  'rename-restart',
  'preserve',
  'coredump-destroy',
  'coredump-restart',
] as const;

function lifecycleAction(type: number, action: number): readonly [string, string] {
  const tag = lifecycleTags[type];
  if (tag === undefined) throw domainError(ErrorCode.InvalidArg, `invalid lifecycle type '${type}'`);
  const word = lifecycleActions[action];
  if (word === undefined) throw domainError(ErrorCode.InvalidArg, `invalid lifecycle action '${action}'`);
  if (type !== DomainLifecycle.Crash && word.startsWith('coredump')) {
    throw new LibvirtError(
      ErrorCode.ConfigUnsupported,
      `Lifecycle event '${lifecycleNames[type]}' doesn't support '${word}' action`,
      { domain: ErrorDomain.Domain },
    );
  }
  return [tag, word];
}
