// Writes down who has proven to be whom, and who has not: by SASL, polkit, or a certificate of TLS.
import type { Identity } from '@virtwire/protocol';
import { type AuditSink, whoIs } from './audit-observer.ts';

/** An attempt that has been decided. Secrets are no part of it. */
export interface AuthenticationAttempt {
  readonly method: 'sasl' | 'polkit' | 'tls';
  /** Mechanism of SASL, action of polkit; null when it did not come that far. */
  readonly mechanism: string | null;
  /** The service that was asked, e.g. `tls`. */
  readonly service: string;
  /** Who it is, with what was proven; the address at least. */
  readonly identity: Identity;
  /** Who it claimed to be, where that was not proven. */
  readonly claimed?: string | null;
  /** Why it was refused; null when it was not. */
  readonly refusal: string | null;
}

/** Takes attempts. */
export type AuthenticationObserver = (attempt: AuthenticationAttempt) => void;

/** Refusals of one method that are written down in a window; of more only the number is, so that strangers fill no disk. */
const MAX_REFUSALS = 100;
const WINDOW_MS = 10_000;

interface Window {
  since: number;
  refusals: number;
  omitted: number;
}

/** Makes an observer. @param failed told when something could not be written. @param now the time; for tests */
export function authenticationObserver(
  sink: AuditSink,
  failed: (text: string) => void,
  now: () => number = () => performance.now(),
): AuthenticationObserver {
  const windows = new Map<AuthenticationAttempt['method'], Window>();

  const omittedBefore = ({ method, refusal }: AuthenticationAttempt): number | null => {
    const at = now();
    let window = windows.get(method);
    if (window === undefined || at - window.since > WINDOW_MS) {
      window = { since: at, refusals: 0, omitted: window?.omitted ?? 0 };
      windows.set(method, window);
    }
    if (refusal !== null && ++window.refusals > MAX_REFUSALS) {
      window.omitted++;
      return null;
    }
    const { omitted } = window;
    window.omitted = 0;
    return omitted;
  };

  return (attempt) => {
    const omitted = omittedBefore(attempt);
    if (omitted === null) return;
    const { method, mechanism, service, identity, claimed = null, refusal } = attempt;
    try {
      sink.add({
        event: 'authentication',
        ...whoIs(identity),
        service,
        method,
        ...(mechanism === null ? {} : { mechanism }),
        ...(claimed === null ? {} : { claimed }),
        decision: refusal === null ? 'allow' : 'deny',
        ...(refusal === null ? {} : { reason: refusal }),
        ...(omitted === 0 ? {} : { refusalsLeftOut: omitted }),
      });
    } catch (error) {
      // Nothing is changed by it yet, and what would be is refused when that cannot be written.
      failed((error as Error).message);
    }
  };
}
