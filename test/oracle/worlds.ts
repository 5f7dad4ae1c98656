/** The databases that queries are compared on: a zoo of entities, the shop and Pagila; and snapshots of them, group by group. */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isPermafrostError } from '@permafrost/core';
import { loadPagila, makeShop, pagilaEntities, shopEntities } from '@permafrost/test';
import { exportSnapshot, openStore, type Store } from '@permafrost/typeorm-adapter';
import { DataSource, type EntityMetadata, type EntitySchema, type EntityTarget, type ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata';
import { fillTables } from './data';
import { optionEntities } from './zoo/options';
import { relationEntities } from './zoo/relations';
import { schemaEntities, treeEntities } from './zoo/schemas';
import { embeddedEntities, lazyEntities, viewEntities } from './zoo/shapes';
import { typeEntities } from './zoo/types';

type AnyEntity = EntityTarget<ObjectLiteral> & (EntitySchema<any> | (new () => object));
/** Entities that are exported together. */
export type Groups = Readonly<Record<string, readonly AnyEntity[]>>;

export const worldNames = ['zoo', 'shop', 'Pagila'] as const;
export type WorldName = (typeof worldNames)[number];

export interface World {
  readonly name: WorldName;
  readonly dataSource: DataSource;
  readonly groups: Groups;
}

export const zooGroups: Groups = {
  relations: relationEntities,
  embedded: embeddedEntities,
  options: optionEntities,
  lazy: lazyEntities,
  views: viewEntities,
  schemas: schemaEntities,
  ...Object.fromEntries(treeEntities.map((entity) => [entity.name, [entity]])),
  ...Object.fromEntries(Object.entries(typeEntities).map(([name, entity]) => [name, [entity]])),
};

export async function makeZoo(url: string, seed: number, groups: Groups = zooGroups): Promise<World> {
  const dataSource = await connect(url, groups);
  await dataSource.synchronize();
  await fillTables(dataSource, seed);
  return { name: 'zoo', dataSource, groups };
}

/** Makes what a world needs in an empty database; false where this machine has no data for it. */
export async function fillWorld(name: WorldName, url: string, seed: number): Promise<boolean> {
  if (name === 'Pagila') return (await loadPagila(url)) !== undefined;
  const { dataSource } = name === 'zoo' ? await makeZoo(url, seed) : { dataSource: await makeShop(url) };
  await dataSource.destroy();
  return true;
}

/** A world that was filled before. */
export async function openWorld(name: WorldName, url: string): Promise<World> {
  const groups: Groups = { zoo: zooGroups, shop: { shop: shopEntities }, Pagila: { pagila: pagilaEntities } }[name];
  return { name, dataSource: await connect(url, groups), groups };
}

async function connect(url: string, groups: Groups): Promise<DataSource> {
  const entities = [...new Set(Object.values(groups).flat())];
  return new DataSource({ type: 'postgres', url, entities, extra: { max: 2 } }).initialize();
}

export interface Frozen {
  /** By the entity's metadata in the live DataSource. */
  readonly stores: ReadonlyMap<EntityMetadata, Store>;
  /** Whether the column is in the snapshot: `@Snapshot` and `select: false` leave some out. */
  isExported(column: ColumnMetadata): boolean;
  /** Groups that the exporter refuses, with what it says. */
  readonly refused: Readonly<Record<string, string>>;
  close(): void;
}

/** A snapshot of each group. What is refused with a code is listed; anything else is thrown. */
export async function freeze({ dataSource, groups }: World): Promise<Frozen> {
  const folder = mkdtempSync(path.join(tmpdir(), 'permafrost-oracle-'));
  const stores = new Map<EntityMetadata, Store>();
  const refused: Record<string, string> = {};
  const opened: Store[] = [];
  for (const [name, entities] of Object.entries(groups)) {
    const directory = path.join(folder, name);
    try {
      await exportSnapshot(dataSource, { directory, entities: entities as never });
      const store = await openStore({ directory, entities: entities as never });
      opened.push(store);
      for (const entity of entities) stores.set(dataSource.getMetadata(entity), store);
    } catch (error) {
      if (!isPermafrostError(error)) throw error;
      refused[name] = `${error.code}: ${error.message}`;
    }
  }
  const isExported = (column: ColumnMetadata) => {
    const { entityMetadata } = column;
    const base = entityMetadata.tableType === 'entity-child' ? entityMetadata.parentEntityMetadata : entityMetadata;
    const store = stores.get(base);
    if (!store || column.relationMetadata) return true;
    const { fields } = store.snapshot.entitySchema(base.target as never);
    return fields.some((field) => field.name === column.propertyPath);
  };
  const close = () => {
    for (const store of opened) store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { stores, isExported, refused, close };
}

/** All that a repository can be asked for. */
export function readableEntities(dataSource: DataSource): EntityMetadata[] {
  return dataSource.entityMetadatas.filter(({ tableType }) => ['regular', 'view', 'entity-child'].includes(tableType));
}
