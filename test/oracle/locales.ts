/** Databases of one server in three orders of text: bytes, the C library's and ICU's. What the server or the machine lacks is named. */
import { Client } from 'pg';

export interface DatabaseLocale {
  readonly name: string;
  /** An empty database; gives its URL. */
  createDatabase(prefix: string): Promise<string>;
}

export interface DatabaseLocales {
  readonly present: readonly DatabaseLocale[];
  /** One sentence for each that is not. */
  readonly absent: readonly string[];
  /** Drops all databases made. */
  drop(): Promise<void>;
}

/** The first of each kind that the server accepts is taken. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  C: [`LOCALE_PROVIDER libc LOCALE 'C'`],
  libc: ['en_US.UTF-8', 'en_US.utf8', 'de_DE.utf8', 'en_GB.utf8'].map(
    (name) => `LOCALE_PROVIDER libc LOCALE '${name}'`,
  ),
  ICU: ['en-US', 'und'].map((name) => `LOCALE_PROVIDER icu ICU_LOCALE '${name}' LOCALE 'C'`),
};

export async function makeLocales(serverUrl: string): Promise<DatabaseLocales> {
  const made: string[] = [];
  const client = new Client(serverUrl);
  await client.connect();
  let number = 0;
  const create = async (prefix: string, clause: string): Promise<string> => {
    const name = `oracle_${prefix}_${process.pid}_${number++}`;
    await client.query(`CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8' ${clause}`);
    made.push(name);
    return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
  };

  const present: DatabaseLocale[] = [];
  const absent: string[] = [];
  for (const [name, clauses] of Object.entries(kinds)) {
    const reasons: string[] = [];
    for (const clause of clauses) {
      const isThere = await create('probe', clause).then(
        () => true,
        (error: Error) => void reasons.push(error.message),
      );
      if (!isThere) continue;
      present.push({ name, createDatabase: (prefix) => create(prefix, clause) });
      break;
    }
    if (reasons.length === clauses.length) absent.push(`no ${name} locale: ${reasons.join('; ')}`);
  }
  const drop = async () => {
    for (const name of made) await client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    await client.end();
  };
  return { present, absent, drop };
}
