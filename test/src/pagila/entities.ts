/**
 * TypeORM entities for the 15 base tables of Pagila: every column, and every relation from both sides. Between them they have what
 * real schemas have: composite keys, link tables as entities and as many-to-many, a cycle (store and staff), two relations to one
 * entity, a partitioned table, and columns that are left out of a plain `find` (`select: false`).
 */
import 'reflect-metadata';
import { Actor, Category, Film, FilmActor, FilmCategory, Language } from './film-entities';
import { Address, City, Country } from './place-entities';
import { Customer, Inventory, Payment, Rental, Staff, Store } from './shop-entities';

export const pagilaEntities = [
  Country,
  City,
  Address,
  Language,
  Category,
  Actor,
  Film,
  FilmActor,
  FilmCategory,
  Store,
  Staff,
  Customer,
  Inventory,
  Rental,
  Payment,
] as const;

export * from './film-entities';
export * from './place-entities';
export * from './shop-entities';
