/** What a snapshot may refuse, by code and sentence: the rows "refused" of docs/COMPATIBILITY.md. Any other refusal is a difference. */
import type { Outcome } from './query';

interface DocumentedRefusal {
  readonly code: string;
  readonly reason: RegExp;
}

export const documentedRefusals: readonly DocumentedRefusal[] = [];

export function isDocumentedRefusal(outcome: Outcome & { kind: 'refused' }): boolean {
  return documentedRefusals.some(({ code, reason }) => outcome.code === code && reason.test(outcome.text));
}
