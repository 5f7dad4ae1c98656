/** What PostgreSQL makes of the text of an operand: a value, or why it refuses it. */

export interface Refusal {
  readonly message: string;
  readonly sqlState: string;
}

/** Undefined where the server may take the text, and nobody here knows for what. */
export type Reading = { readonly value: unknown } | { readonly refusal: Refusal } | undefined;

export function invalidSyntax(type: string, text: string, sqlState = '22P02'): { readonly refusal: Refusal } {
  return refusal(`invalid input syntax for type ${type}: "${text}"`, sqlState);
}

export function refusal(message: string, sqlState: string): { readonly refusal: Refusal } {
  return { refusal: { message, sqlState } };
}

/** Without what C's isspace knows at both ends. */
export function trim(text: string): string {
  return text.replaceAll(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
}
