/** A project as its owner has it: a folder with modules, and node_modules in which TypeORM, pg and the adapter are installed. */
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const installed = path.resolve(__dirname, '../../../test/node_modules');
/** As a module of the private package `test` would require: the command itself has no TypeORM. */
export const requireInstalled = createRequire(path.join(installed, '../package.json'));

/** Two tables that a suite fills once with `seed`. Entities are classes, decorated by calls: the module is plain JavaScript. */
const entities = `
const { DataSource, EntitySchema } = require('typeorm');
const { Snapshot } = require('@permafrost/typeorm-adapter');

class Company {}
class Customer {}
class AuditLine {}
Snapshot()(Company);
Snapshot()(Customer);
exports.AuditLine = AuditLine;

exports.makeDataSource = (url) =>
  new DataSource({
    type: 'postgres',
    url,
    entities: [
      new EntitySchema({
        name: 'Company',
        target: Company,
        columns: { id: { type: 'integer', primary: true }, name: { type: 'text' } },
        relations: { customers: { type: 'one-to-many', target: 'Customer', inverseSide: 'company' } },
      }),
      new EntitySchema({
        name: 'Customer',
        target: Customer,
        columns: { id: { type: 'integer', primary: true }, email: { type: 'text' } },
        relations: { company: { type: 'many-to-one', target: 'Company', inverseSide: 'customers', nullable: true } },
      }),
      new EntitySchema({
        name: 'AuditLine',
        target: AuditLine,
        columns: { id: { type: 'integer', primary: true } },
        relations: { customer: { type: 'many-to-one', target: 'Customer' } },
      }),
    ],
  });
`;

export const CUSTOMER_COUNT = 20_000;

/** What the suite uses of TypeORM's. */
interface SeededDataSource {
  initialize(): Promise<SeededDataSource>;
  synchronize(): Promise<void>;
  query(sql: string): Promise<unknown>;
  destroy(): Promise<void>;
}

/** Makes the tables of the project's entities and fills them. */
export async function seed(project: Project, url: string): Promise<void> {
  const { makeDataSource } = createRequire(project.file('seed.cjs', ''))('./entities.cjs') as {
    makeDataSource(url: string): SeededDataSource;
  };
  const dataSource = await makeDataSource(url).initialize();
  try {
    await dataSource.synchronize();
    await dataSource.query(`INSERT INTO company SELECT n, 'Company ' || n FROM generate_series(1, 10) n`);
    await dataSource.query(
      `INSERT INTO customer (id, email, "companyId") SELECT n, 'c' || n || '@example.org', 1 + n % 10 FROM generate_series(1, ${CUSTOMER_COUNT}) n`,
    );
    await dataSource.query('ANALYZE');
  } finally {
    await dataSource.destroy();
  }
}

export interface Project {
  readonly path: string;
  /** Writes a file of the project and gives its path. */
  file(name: string, text: string): string;
}

export function makeProject(folder: string): Project {
  const modules = path.join(folder, 'node_modules');
  mkdirSync(path.join(modules, '@permafrost'), { recursive: true });
  for (const name of ['typeorm', 'pg', '@permafrost/typeorm-adapter'])
    symlinkSync(realpathSync(path.join(installed, name)), path.join(modules, name));
  const file = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  file('entities.cjs', entities);
  return { path: folder, file };
}
