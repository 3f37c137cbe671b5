// All checks, in the order in which their findings are told: one needs the one before put right.
import type { Context } from '../context.ts';
import { checkCa, checkPairs, checkRevocationList } from './certificate-checks.ts';
import type { Finding } from './finding.ts';
import { checkOwnFolder } from './own-folder-checks.ts';
import { checkDirectories, checkKeyFiles, checkLeftovers, checkPublicFiles, checkSystem } from './place-checks.ts';
import { checkSettings } from './settings-checks.ts';
import { type CheckOptions, lookAround, type Surroundings } from './surroundings.ts';
import { checkVnc } from './vnc-checks.ts';

/** The checks. */
const checks: readonly ((surroundings: Surroundings, options: CheckOptions) => Finding[] | Promise<Finding[]>)[] = [
  checkDirectories,
  checkLeftovers,
  checkSettings,
  checkOwnFolder,
  checkPublicFiles,
  checkKeyFiles,
  checkCa,
  checkPairs,
  checkRevocationList,
  checkVnc,
  checkSystem,
];

/** What was looked at, and what was found. */
export interface CheckResult {
  readonly surroundings: Surroundings;
  readonly findings: readonly Finding[];
}

/** Checks this machine. */
export async function checkMachine(context: Context, options: CheckOptions): Promise<CheckResult> {
  const surroundings = await lookAround(context, options);
  const findings: Finding[] = [];
  for (const check of checks) findings.push(...(await check(surroundings, options)));
  return { surroundings, findings };
}
