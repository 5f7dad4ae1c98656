/**
 * The shop as ordinary objects in this process: every table is read through TypeORM into a Map, then the objects are linked as the entities'
 * relations say. It is what a service does that wants its data in memory and has no Permafrost.
 */
import { DataSource, type EntityTarget, MoreThan, type ObjectLiteral } from 'typeorm';
import { Category, Company, Customer, Order, OrderLine, Product, shopEntities } from '../shop/entities';
import type { Shop } from './shop';

/** Rows per query. One query for everything would hold a million rows twice. */
const PAGE_ROWS = 20_000;

/** Loads everything; afterwards no connection is open. */
export async function loadShopInObjects(databaseUrl: string): Promise<Shop> {
  const dataSource = new DataSource({ type: 'postgres', url: databaseUrl, entities: [...shopEntities] });
  await dataSource.initialize();
  try {
    const shop = {
      companies: await loadTable(dataSource, Company),
      customers: await loadTable(dataSource, Customer),
      categories: await loadTable(dataSource, Category),
      products: await loadTable(dataSource, Product),
      orders: await loadTable(dataSource, Order),
      orderLines: await loadTable(dataSource, OrderLine),
    };
    linkObjects(dataSource, new Map(Object.values(shop).map((table, place) => [loadOrder[place]!, table])));
    return shop;
  } finally {
    await dataSource.destroy();
  }
}

const loadOrder: readonly (new () => object)[] = [Company, Customer, Category, Product, Order, OrderLine];

async function loadTable<T extends { id: number }>(
  dataSource: DataSource,
  entity: new () => T,
): Promise<Map<number, T>> {
  const repository = dataSource.getRepository<T & ObjectLiteral>(entity);
  const table = new Map<number, T>();
  let lastId = 0;
  for (;;) {
    const page = await repository.find({
      where: { id: MoreThan(lastId) } as never,
      order: { id: 'ASC' } as never,
      take: PAGE_ROWS,
    });
    for (const record of page) table.set(record.id, record);
    if (page.length < PAGE_ROWS) return table;
    lastId = page.at(-1)!.id;
  }
}

/** Sets both sides of every relation: a reference on the one, the list of all that refer to it on the other. */
function linkObjects(dataSource: DataSource, tables: ReadonlyMap<unknown, Map<number, any>>): void {
  for (const [entity, table] of tables) {
    const { oneToManyRelations } = dataSource.getMetadata(entity as EntityTarget<object>);
    for (const { propertyName } of oneToManyRelations) for (const record of table.values()) record[propertyName] = [];
  }
  for (const [entity, table] of tables) {
    for (const { propertyName, joinColumns, type, inverseRelation } of dataSource.getMetadata(
      entity as EntityTarget<object>,
    ).manyToOneRelations) {
      const targets = tables.get(type)!;
      const keyName = joinColumns[0]!.propertyName;
      for (const record of table.values()) {
        const target = targets.get(record[keyName]) ?? null;
        record[propertyName] = target;
        if (target && inverseRelation) target[inverseRelation.propertyName].push(record);
      }
    }
  }
}
