// Which objects a call is about: named by a reference, by its answer, by a document, or by a file of the host.
import { remote } from '@virtwire/protocol';
import type { NonnullStorageVol, TypedParam } from '@virtwire/protocol';
import { type Answer, ErrorCode, LibvirtError, type Procedure } from '@virtwire/rpc';
import type { AclRule } from './acl-column.ts';
import { chain, eachInTurn } from './chain.ts';
import { definedObject, replacedObjects } from './definitions.ts';
import { ask, findObject, type Found, objectOf, type ObjectFinder, poolNamed } from './objects.ts';
import type { AccessKind, AccessObject } from './policy.ts';

/** Arguments or an answer, field by field. */
export type Values = Readonly<Record<string, unknown>>;

/** What a call is about. */
export interface Subject {
  /** Objects that are checked before the call is made. */
  readonly objects: readonly AccessObject[];
  /** Further permissions, on other objects. */
  readonly also?: readonly { readonly object: AccessObject; readonly permission: string }[];
  /** The arguments with each reference replaced by what the driver has under it. */
  readonly args: Values;
  /** For calls that look something up: the object in the answer, checked before it is handed out. */
  readonly inAnswer?: (answer: Values) => Answer<AccessObject>;
}

/** How the object of a procedure is found. */
export type SubjectForm = 'connection' | 'reference' | 'answer' | 'document' | 'file' | 'migration' | 'unknown';

/** Fields that hold a reference to an object of a kind; those of snapshots and checkpoints hold their domain inside. */
const referenceFields: Readonly<Partial<Record<AccessKind, readonly string[]>>> = {
  domain: ['dom', 'snap', 'snapshot', 'checkpoint'],
  network: ['net', 'network'],
  network_port: ['port'],
  interface: ['iface'],
  node_device: ['name', 'dev'],
  nwfilter: ['nwfilter'],
  nwfilter_binding: ['nwfilter'],
  secret: ['secret'],
  storage_pool: ['pool'],
  storage_vol: ['vol'],
};

const documentFields = ['xml', 'xml_desc'];

// Calls whose object stands in none of the usual places.
const unusual: Readonly<Record<string, SubjectForm>> = {
  domainRestore: 'file',
  domainRestoreFlags: 'file',
  domainRestoreParams: 'file',
  domainSaveImageGetXmlDesc: 'file',
  domainSaveImageDefineXml: 'file',
  domainMigratePrepare: 'migration',
  domainMigratePrepare2: 'migration',
  domainMigratePrepare3: 'migration',
  domainMigratePrepare3Params: 'migration',
  domainMigratePrepareTunnel: 'migration',
  domainMigratePrepareTunnel3: 'migration',
  domainMigratePrepareTunnel3Params: 'migration',
  domainMigrateFinish: 'migration',
  domainMigrateFinish2: 'migration',
  domainMigrateFinish3: 'migration',
  domainMigrateFinish3Params: 'migration',
  // A process of the host is taken over: whose it is stands nowhere. Only who may do so with every domain passes.
  domainAttach: 'unknown',
};

/** The kind of object besides the connection that a procedure needs permissions on; null when there is none. */
export function kindOf(rules: readonly AclRule[]): AccessKind | null {
  return rules.find(({ kind }) => kind !== 'connect')?.kind ?? null;
}

/**
 * How the object of a call is found.
 *
 * @throws Error for a row that none of the ways fits: it needs one
 */
export function subjectForm(procedure: Procedure, kind: AccessKind | null): SubjectForm {
  if (kind === null) return 'connection';
  const special = unusual[procedure.name];
  if (special !== undefined) return special;
  if (/Lookup(By|Scsi)/.test(procedure.name) && !/^domain(Snapshot|Checkpoint)/.test(procedure.name)) return 'answer';
  if (referenceField(procedure, kind) !== null) return 'reference';
  if (documentField(procedure) !== null) return 'document';
  throw new Error(`${procedure.name}: nothing says which ${kind} it is about`);
}

function referenceField(procedure: Procedure, kind: AccessKind): string | null {
  return referenceFields[kind]?.find((field) => hasField(procedure.args.shape, field)) ?? null;
}

function documentField(procedure: Procedure): string | null {
  return documentFields.find((field) => hasField(procedure.args.shape, field)) ?? null;
}

// The shape of arguments is `{field: type, ...}`; types may hold fields of their own.
function hasField(shape: string, field: string): boolean {
  let depth = 0;
  for (let at = 0; at < shape.length; at++) {
    const letter = shape.charAt(at);
    if ('{[<('.includes(letter)) depth++;
    else if ('}])>'.includes(letter)) depth--;
    else if (depth === 1 && shape.startsWith(`${field}:`, at) && '{ '.includes(shape.charAt(at - 1))) return true;
  }
  return false;
}

/**
 * Finds what a call is about.
 *
 * @param kind from {@link kindOf}
 * @throws LibvirtError as the driver does when there is no such object, or as parsing a document does
 */
export function subjectOf(finder: ObjectFinder, procedure: Procedure, kind: AccessKind, args: Values): Answer<Subject> {
  switch (subjectForm(procedure, kind)) {
    case 'answer':
      return { objects: [], args, inAnswer: (answer) => objectInAnswer(finder, kind, answer) };
    case 'reference':
      return byReference(finder, referenceField(procedure, kind) as string, kind, args);
    case 'document':
      return byDocument(finder, procedure, kind, args);
    case 'file':
      return byFile(finder, args);
    case 'migration':
      return byMigration(finder, args);
    default:
      return { objects: [{ kind, name: '', uuid: '' }], args };
  }
}

function byReference(finder: ObjectFinder, field: string, kind: AccessKind, args: Values): Answer<Subject> {
  const value = args[field];
  // A node device is named by its name alone, a snapshot or checkpoint holds its domain.
  if (typeof value === 'string') return { objects: [objectOf(finder, kind, { name: value })], args };
  const outer = kind === 'domain' && field !== 'dom' ? (value as Values) : null;
  return chain(findObject(finder, kind, outer === null ? value : outer['dom']), ({ ref, object }) => ({
    objects: [object],
    args: { ...args, [field]: outer === null ? ref : { ...outer, dom: ref } },
  }));
}

function byDocument(finder: ObjectFinder, procedure: Procedure, kind: AccessKind, args: Values): Answer<Subject> {
  const xml = args[documentField(procedure) as string] as string;
  const parentKind = kind === 'storage_vol' ? 'storage_pool' : kind === 'network_port' ? 'network' : null;
  if (parentKind === null) {
    return chain(definedObject(kind, xml), (defined) =>
      chain(replacedObjects(finder, defined), (replaced) => ({ objects: withReplaced(defined, replaced), args })),
    );
  }
  const field = parentKind === 'storage_pool' ? 'pool' : 'network';
  return chain(findObject(finder, parentKind, args[field]), (parent) =>
    chain(definedObject(kind, xml, { parent: parent.object }), (defined) => {
      const subject = { objects: [defined], args: { ...args, [field]: parent.ref } };
      return 'clonevol' in args ? withClone(finder, subject) : subject;
    }),
  );
}

// libvirt asks for nothing on the volume that is copied; whoever may not read it would have its contents.
function withClone(finder: ObjectFinder, subject: Subject): Answer<Subject> {
  return chain(findObject(finder, 'storage_vol', subject.args['clonevol']), ({ ref, object }) => ({
    ...subject,
    also: [{ object, permission: 'data_read' }],
    args: { ...subject.args, clonevol: ref },
  }));
}

// What is replaced counts for itself where it differs, in its tags at least.
function withReplaced(defined: AccessObject, replaced: readonly AccessObject[]): AccessObject[] {
  const others = replaced.filter(
    ({ name, uuid, tags }) => tags !== undefined || name !== defined.name || uuid !== defined.uuid,
  );
  return [defined, ...others];
}

// The domain in a saved image, and that in the document which takes its place.
function byFile(finder: ObjectFinder, args: Values): Answer<Subject> {
  const params = textParams(args['params']);
  const file = (args['from'] ?? args['file'] ?? params.get('file') ?? '') as string;
  const document = (args['dxml'] ?? params.get('dxml') ?? null) as string | null;
  return chain(ask(finder, remote.domainSaveImageGetXmlDesc, { file, flags: 0 }), ({ xml }) =>
    chain(
      eachInTurn(document === null ? [xml] : [xml, document], (text) => definedObject('domain', text)),
      (objects) => ({ objects, args }),
    ),
  );
}

function byMigration(finder: ObjectFinder, args: Values): Answer<Subject> {
  const params = textParams(args['params']);
  const name = (args['dname'] ?? params.get('destination_name') ?? null) as string | null;
  const xml = (args['dom_xml'] ?? params.get('destination_xml') ?? null) as string | null;
  if (xml === null) {
    const object: AccessObject = { kind: 'domain', name: name ?? '', uuid: '' };
    return chain(replacedObjects(finder, object), (replaced) => ({
      objects: replaced.length > 0 ? replaced : [object],
      args,
    }));
  }
  const persistent = params.get('persistent_xml');
  const documents = persistent === undefined ? [xml] : [xml, persistent];
  return chain(
    eachInTurn(documents, (text) => definedObject('domain', text, { name })),
    (defined) =>
      chain(replacedObjects(finder, defined[0] as AccessObject), (replaced) => ({
        objects: [...withReplaced(defined[0] as AccessObject, replaced), ...defined.slice(1)],
        args,
      })),
  );
}

// VIR_TYPED_PARAM_STRING
const STRING_PARAM = 7;

function textParams(params: unknown): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { field, value } of (params ?? []) as readonly TypedParam[]) {
    if (value.type !== STRING_PARAM) continue;
    // Which of two would count is up to each driver; libvirt refuses them.
    if (texts.has(field)) throw new LibvirtError(ErrorCode.InvalidArg, `parameter '${field}' occurs multiple times`);
    texts.set(field, value.value);
  }
  return texts;
}

function objectInAnswer(finder: ObjectFinder, kind: AccessKind, answer: Values): Answer<AccessObject> {
  const [ref] = Object.values(answer);
  if (kind !== 'storage_vol') return objectOf(finder, kind, ref);
  return chain(poolNamed(finder, (ref as NonnullStorageVol).pool), (pool: Found) =>
    objectOf(finder, kind, ref, pool.object),
  );
}

/** The texts of a call that are documents, for limits before anything is read. */
export function documentsOf(args: Values): readonly string[] {
  const params = textParams(args['params']);
  return [
    args['xml'],
    args['xml_desc'],
    args['dxml'],
    args['dom_xml'],
    params.get('dxml'),
    params.get('destination_xml'),
    params.get('persistent_xml'),
  ].filter((text): text is string => typeof text === 'string');
}
