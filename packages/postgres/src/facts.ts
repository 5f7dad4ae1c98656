/** What a snapshot says about the database it comes from: one row of its catalog, read at the beginning. */

/** What a snapshot should say about where its values come from. */
export interface DatabaseFacts {
  /** "15.4" or "18.0 (Debian 18.0-1)", as the server says it. */
  readonly serverVersion: string;
  readonly database: string;
  readonly serverEncoding: string;
  /** Of the session: what `timestamp` values of this connection mean when they become instants. */
  readonly timeZone: string;
  /** The database's own; columns can have others. */
  readonly collation: DatabaseCollation;
  /** The write-ahead log's position at about this instant; absent where the server or the user's rights do not tell it. */
  readonly lsn?: string;
}

/** How the database orders text. */
export interface DatabaseCollation {
  readonly provider: 'libc' | 'icu' | 'builtin';
  /** The locale: "en_US.UTF-8", "de-AT", "C.UTF-8". */
  readonly locale: string;
  /** Of the library's rules; text order may change with it. */
  readonly version?: string;
}

/** The facts of a row that {@link factsOfDatabase} gives. */
export function factsFrom(row: readonly string[], lsn: string | undefined): DatabaseFacts {
  const [serverVersion, database, serverEncoding, timeZone, catalogEntry] = row;
  return {
    serverVersion: serverVersion!,
    database: database!,
    serverEncoding: serverEncoding!,
    timeZone: timeZone!,
    collation: collationOf(JSON.parse(catalogEntry!)),
    ...(lsn === undefined ? {} : { lsn }),
  };
}

/** Who compares text, by the letter that the catalog has for it. */
export function providerOf(letter: string): DatabaseCollation['provider'] {
  return letter === 'i' ? 'icu' : letter === 'b' ? 'builtin' : 'libc';
}

export const factsOfDatabase = `
  SELECT current_setting('server_version'), current_database(), current_setting('server_encoding'), current_setting('TimeZone'),
         (SELECT to_json(entry) FROM pg_catalog.pg_database AS entry WHERE entry.datname = current_database())`;

/** The columns' names changed in PostgreSQL 15 and 17. */
function collationOf(entry: Record<string, string | null | undefined>): DatabaseCollation {
  const provider = providerOf(entry['datlocprovider'] ?? 'c');
  const locale = entry['datlocale'] ?? entry['daticulocale'] ?? entry['datcollate']!;
  const version = entry['datcollversion'];
  return { provider, locale, ...(version ? { version } : {}) };
}
