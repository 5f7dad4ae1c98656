/** Libraries of databases that a machine may lack. */

/** better-sqlite3, which has to be compiled; undefined where it does not load. */
export function betterSqlite3(): unknown {
  try {
    const library = require('better-sqlite3');
    new library(':memory:').close();
    return library;
  } catch {
    return undefined;
  }
}
