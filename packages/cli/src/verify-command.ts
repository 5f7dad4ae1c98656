/** `permafrost verify`: reads all of a snapshot and prints what is damaged. Damage that keeps it from opening is a finding too. */
import { isPermafrostError, type VerifyFinding } from '@permafrost/core';
import { EXIT_CLEAN, EXIT_FINDINGS } from './exit-codes';
import { durationText, wholeText } from './format';
import { fileOfTarget, isDirectory, type OpenedTarget, openTarget } from './target';

export interface VerifyCommandOptions {
  readonly maxFindings: number;
  readonly json?: boolean;
  readonly signal: AbortSignal;
}

interface VerifyReport {
  readonly path: string;
  readonly generation?: number;
  readonly size?: number;
  readonly records?: number;
  readonly seconds: number;
  readonly findings: readonly VerifyFinding[];
}

/** Codes with which opening says that the file is damaged, rather than that it could not be looked at. */
const damageCodes = ['FILE_CORRUPT', 'FILE_TRUNCATED', 'MANIFEST_INVALID'];
/** The same for a file that a manifest names: there a snapshot must be. */
const damageCodesOfGenerations = [...damageCodes, 'NOT_A_SNAPSHOT', 'FILE_NOT_FOUND'];

/** The exit code. Throws what keeps the command from running. */
export async function runVerify(target: string, options: VerifyCommandOptions): Promise<number> {
  const report = await verify(target, options);
  const { findings } = report;
  if (options.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else if (findings.length === 0) {
    process.stdout.write(
      `${report.path}: no damage in ${wholeText(report.size!)} bytes and ${wholeText(report.records!)} records (${durationText(report.seconds)})\n`,
    );
  } else {
    for (const [line, count] of countedLines(findings))
      process.stdout.write(`${line}${count === 1 ? '' : ` (${wholeText(count)} times)`}\n`);
    const more = findings.length >= options.maxFindings ? ', and maybe more: --max-findings shows them' : '';
    process.stderr.write(
      `${report.path}: ${wholeText(findings.length)} finding${findings.length === 1 ? '' : 's'}${more}\n`,
    );
  }
  return findings.length === 0 ? EXIT_CLEAN : EXIT_FINDINGS;
}

/** Each message once, since every read of a damaged block meets the same damage. */
function countedLines(findings: readonly VerifyFinding[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { code, message } of findings) {
    const line = `${code}: ${message}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return counts;
}

async function verify(target: string, { maxFindings, signal }: VerifyCommandOptions): Promise<VerifyReport> {
  const started = performance.now();
  const secondsSoFar = () => (performance.now() - started) / 1000;
  const opened = await openOrFinding(target);
  if ('finding' in opened) return { path: opened.path, seconds: secondsSoFar(), findings: [opened.finding] };
  const { snapshot, generation } = opened;
  try {
    const findings = await snapshot.verify({ maxFindings, signal });
    return {
      path: snapshot.path,
      ...(generation === undefined ? {} : { generation }),
      size: snapshot.size,
      records: snapshot.schema.entities.reduce((sum, { name }) => sum + snapshot.count(name), 0),
      seconds: secondsSoFar(),
      findings,
    };
  } finally {
    snapshot.close();
  }
}

async function openOrFinding(target: string): Promise<OpenedTarget | { path: string; finding: VerifyFinding }> {
  let codes = damageCodes;
  let path = target;
  try {
    path = fileOfTarget(target);
    if (isDirectory(target)) codes = damageCodesOfGenerations;
    return await openTarget(target);
  } catch (error) {
    if (!isPermafrostError(error) || !codes.includes(error.code)) throw error;
    const { code, message, details } = error;
    return { path, finding: { code, message, ...(details.offset === undefined ? {} : { offset: details.offset }) } };
  }
}
