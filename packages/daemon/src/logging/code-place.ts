// Where in the code a line of the log comes from.
import { fileURLToPath } from 'node:url';
import type { CodePlace } from './record.ts';

/** The place that is so many calls above the function that asks; null when there is none. */
export function codePlace(callsAbove: number): CodePlace | null {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  let site: NodeJS.CallSite | undefined;
  Error.stackTraceLimit = callsAbove + 1;
  Error.prepareStackTrace = (_error, sites) => {
    site = sites[callsAbove];
    return '';
  };
  try {
    Error.captureStackTrace(holder, codePlace);
    // The trace is made when it is first looked at.
    void holder.stack;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
  const file = site?.getFileName() ?? null;
  if (site === undefined || file === null) return null;
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  return { file: path, line: site.getLineNumber() ?? 0, function: site.getFunctionName() ?? 'anonymous' };
}
