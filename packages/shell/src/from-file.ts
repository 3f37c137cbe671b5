// Commands that make an object from a file of XML: define, create, and their like for every kind of object.
import type { Connection } from 'virtwire';
import { type Command, command } from './command.ts';
import { attempt } from './failure.ts';
import { readXmlFile } from './files.ts';
import { flag, word } from './option.ts';

// All flags of this meaning (VIR_DOMAIN_DEFINE_VALIDATE, VIR_NETWORK_CREATE_VALIDATE, ...) are the lowest bit.
const VALIDATE = 1;

/** What differs between such commands. */
export interface FromFile<T> {
  readonly description: string;
  /** What the file describes, e.g. `network`. */
  readonly object: string;
  /** Makes the object. @param flags 0, or the lowest bit when the XML is to be checked against the schema */
  make(connection: Connection, xml: string, flags: number): Promise<T>;
  /** What the shell says when that fails. */
  failure(file: string): string;
  /** What it says afterwards, without the end of the line. */
  done(made: T, file: string): string;
}

/** Defines a command with the options FILE and --validate. */
export function fromFile<T>({ description, object, make, failure, done }: FromFile<T>): Command {
  return command({
    description,
    options: { file: word(`file with the XML of the ${object}`), validate: flag('check the XML against the schema') },
    async run(shell, args) {
      const file = args.text('file');
      const xml = await readXmlFile(file);
      const made = await attempt(make(shell.connection, xml, args.flag('validate') ? VALIDATE : 0), failure(file));
      shell.extra(`${done(made, file)}\n`);
    },
  });
}
