/** What the database calls lower case under the collations of an export: asked for once each, told by how it differs from JavaScript's. */
import { type FieldDefinition, lowerCaseFrom } from '@permafrost/core';
import {
  type ColumnCollation,
  type DatabaseCollation,
  type ExportTransaction,
  observeLowerCase,
} from '@permafrost/postgres';

type LowerCase = NonNullable<FieldDefinition['lowerCase']>;

/** What was found in this process: a version of the server, and of ICU, always says the same. */
const found = new Map<string, LowerCase>();

export class LowerCases {
  readonly #transaction: ExportTransaction;
  /** Of this export, also what hangs on the server's C library. */
  readonly #found = new Map<string, LowerCase>();

  constructor(transaction: ExportTransaction) {
    this.#transaction = transaction;
  }

  /** Throws EXPORT_FAILED. Cost: the first time some 50 ms of the server's for a collation other than C, 200 under ICU. */
  async of(collation: DatabaseCollation & Pick<ColumnCollation, 'sqlName'>): Promise<LowerCase> {
    const { sqlName, provider, locale, version } = collation;
    const { serverVersion, serverEncoding } = await this.#transaction.facts();
    const place = provider === 'libc' ? this.#found : found;
    const id = JSON.stringify([provider, locale, version, serverVersion, serverEncoding, sqlName]);
    const lowerCase = place.get(id) ?? (await this.#read(collation));
    place.set(id, lowerCase);
    return lowerCase;
  }

  /** Under the database's own collation. */
  async ofDatabase(): Promise<LowerCase> {
    const { collation } = await this.#transaction.facts();
    return this.of({ ...collation, sqlName: '"default"' });
  }

  async #read(collation: DatabaseCollation & Pick<ColumnCollation, 'sqlName'>): Promise<LowerCase> {
    const rule = ruleOf(collation);
    if (rule.rule === 'ascii') return rule;
    const observed = await observeLowerCase(this.#transaction, collation, { neighbours: rule.rule === 'text' });
    return observed ? lowerCaseFrom(rule, observed) : rule;
  }
}

/** How lower() works: by letters of ASCII, by code points, or by the whole text. */
function ruleOf({ provider, locale }: DatabaseCollation): LowerCase {
  if (provider !== 'icu' && /^(C|POSIX)$/.test(locale)) return { rule: 'ascii' };
  if (provider === 'libc') return { rule: 'code-points' };
  if (provider === 'builtin') return { rule: locale === 'PG_UNICODE_FAST' ? 'text' : 'code-points' };
  const [language] = locale.toLowerCase().split(/[-_@]/);
  return languagesOfTheirOwn.has(language!) ? { rule: 'text', language: language! } : { rule: 'text' };
}

/** Those whose lower case Unicode tells apart. */
const languagesOfTheirOwn: ReadonlySet<string> = new Set(['az', 'lt', 'tr']);
