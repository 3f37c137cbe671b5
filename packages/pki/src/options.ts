// Rows of options that several commands share, and what they give.
import type { Arguments, OptionRows } from './command.ts';
import { UsageError } from './failure.ts';
import { type KeyKind, keyKinds } from './private-key.ts';
import type { SubjectField, SubjectType } from './subject.ts';
import { readTemplate, type Template } from './template.ts';

/** Options for fields of the distinguished name. */
export const subjectOptions: OptionRows = {
  country: { value: 'CC', help: 'C of the distinguished name: two capital letters' },
  state: { value: 'TEXT', help: 'ST' },
  locality: { value: 'TEXT', help: 'L' },
  organization: { value: 'TEXT', help: "O; the authority's name when not given" },
  unit: { value: 'TEXT', help: 'OU', many: true },
  uid: { value: 'TEXT', help: 'UID' },
  dc: { value: 'TEXT', help: 'DC', many: true },
  email: { value: 'ADDRESS', help: 'EMAIL' },
};

/** Options for how a key is made. */
export const keyOptions: OptionRows = {
  key: { value: 'KIND', help: `kind of key: ${keyKinds.join(', ')}; ${keyKinds[0]} when not given` },
};

/** The option for certtool's templates. */
export const templateOptions: OptionRows = {
  template: {
    value: 'FILE',
    help: 'take names, dates and fields from a template of certtool; options here go before it',
  },
};

/** The option for the passphrase of the authority's key. */
export const passphraseOptions: OptionRows = {
  'passphrase-file': { value: 'FILE', help: "first line: passphrase of the authority's key, if it has one" },
};

/** The kind of key that was asked for. @throws UsageError */
export function keyKind(args: Arguments): KeyKind {
  const asked = args.text('key') ?? keyKinds[0];
  const found = keyKinds.find((kind) => kind === asked);
  if (found === undefined) throw new UsageError(`there is no kind of key '${asked}': ${keyKinds.join(', ')}`);
  return found;
}

/** Fields that options give. */
export function subjectFields(args: Arguments): SubjectField[] {
  return Object.entries(optionTypes).flatMap(([name, type]) => args.texts(name).map((value) => ({ type, value })));
}

/** The template that was named; an empty one when none was. */
export function templateOf(args: Arguments): Template {
  return readTemplate(args.text('template'));
}

/** Fields of options and template together: an option goes before the same field of the template. */
export function mergedFields(own: readonly SubjectField[], template: readonly SubjectField[]): SubjectField[] {
  const given = new Set(own.map(({ type }) => type));
  return [...own, ...template.filter(({ type }) => !given.has(type))];
}

const optionTypes: Readonly<Record<string, SubjectType>> = {
  country: 'C',
  state: 'ST',
  locality: 'L',
  organization: 'O',
  unit: 'OU',
  uid: 'UID',
  dc: 'DC',
  email: 'EMAIL',
};
