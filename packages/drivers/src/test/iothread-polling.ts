// How the I/O threads of a domain poll, and what statistics tell of it.
import { type TypedParam, typedParam } from '@virtwire/protocol';

/** How an I/O thread polls; the test driver keeps one list for all definitions of a domain. */
export interface IothreadPolling {
  readonly id: number;
  maxNs: bigint;
  grow: number;
  shrink: number;
}

/** The figures of I/O threads in domain statistics. */
export function iothreadStats(threads: readonly IothreadPolling[]): TypedParam[] {
  if (threads.length === 0) return [];
  const params = [typedParam('iothread.count', { uint: threads.length })];
  for (const { id, maxNs, grow, shrink } of threads) {
    params.push(
      typedParam(`iothread.${id}.poll-max-ns`, { ullong: maxNs }),
      typedParam(`iothread.${id}.poll-grow`, { uint: grow }),
      typedParam(`iothread.${id}.poll-shrink`, { uint: shrink }),
    );
  }
  return params;
}
