/** What tests, examples and benchmarks of this repository share. Private: never published. */
export { pagilaEntities } from './pagila/entities';
export { loadPagila, PAGILA_ABSENT, pagilaFile } from './pagila/load';
export { PostgresServerError } from './postgres/protocol';
export { type PostgresServer, type StartPostgresOptions, startPostgres, type TestDatabase } from './postgres/server';
export { withDatabase } from './postgres/suite';
export { makeShop, shopEntities } from './shop/shop';
export { describeOrSkip, type Requirement } from './support/skips';
