/** Every column type of the driver and every column option: all records, an order, conditions. */
import { typeEntities } from '../zoo/types';
import { type Case, empty, find, op, read, type Section } from './case';

/** Types without an order of their own, or whose order a snapshot does not have. */
const unordered = /^(json|jsonpath|xml|point|line|polygon|jsonb|hstore)$|^(lseg|box|path|circle|tsvector|tsquery)$/;
/** They need PostGIS or pgvector, which the test server does not have. */
export const typesWithoutServer = ['geometry', 'geography', 'vector', 'halfvec'] as const;

export function columnTypes(supported: readonly string[]): Section {
  return Object.fromEntries(
    supported.filter((type) => !typesWithoutServer.includes(type as never)).map((type) => [type, casesOf(type)]),
  );
}

function casesOf(type: string): Case[] {
  const property = type.replace(/[ -](\w)/g, (_, letter: string) => letter.toUpperCase());
  return Object.entries(typeEntities)
    .filter(([, entity]) => property in propertiesOf(entity))
    .flatMap(([name]): Case[] => [
      find(name, {}),
      find(name, { select: { id: true, [property]: true, [`${property}OrNull`]: true } }),
      read(name, 'findBy', { [`${property}OrNull`]: op('IsNull') }),
      read(name, 'countBy', { [`${property}OrNull`]: op('Not', op('IsNull')) }),
      ...(unordered.test(type) || name.endsWith('Lists')
        ? []
        : [find(name, { order: { [`${property}OrNull`]: 'DESC', id: 'ASC' } })]),
    ]);
}

function propertiesOf(entity: new () => object): Record<string, true> {
  const { getMetadataArgsStorage } = require('typeorm') as typeof import('typeorm');
  const columns = getMetadataArgsStorage().columns.filter((column) => column.target === entity);
  return Object.fromEntries(columns.map((column) => [column.propertyName, true as const]));
}

const article = (property: string): Case[] => [
  find('Article', { select: { id: true, [property]: true } }),
  read('Article', 'findBy', { [property]: op('Not', op('IsNull')) }),
];

/** By name in ColumnOptions. */
export const columnOptions: Section = {
  type: [find('Integers', {}), ...article('flag'), ...article('count')],
  name: [...article('title'), read('Person', 'findBy', { home: { city: op('Not', 'x') } })],
  length: [find('Texts', { order: { varchar: 'ASC', id: 'ASC' } })],
  nullable: [find('Animal', {}), read('Animal', 'findBy', { age: op('IsNull') })],
  update: article('amount'),
  select: [find('Article', {}), find('Article', { select: { id: true, secret: true } })],
  insert: article('twice'),
  default: [...article('rank'), find('Author', {})],
  onUpdate: article('short'),
  primary: [find('Enclosure', { order: { region: 'ASC', number: 'DESC' } }), find('Badge', {})],
  unique: [read('Species', 'findBy', { code: op('Not', 'x') })],
  comment: article('title'),
  precision: [find('ScaledDecimals', { order: { numeric: 'ASC', id: 'ASC' } }), find('Moments', {})],
  scale: [find('ScaledDecimals', { order: { decimal: 'DESC', id: 'ASC' } })],
  unsigned: article('amount'),
  charset: article('short'),
  collation: [
    find('Article', { order: { code: 'ASC', id: 'ASC' } }),
    read('Article', 'findBy', { code: op('MoreThan', 'Z') }),
  ],
  enum: [
    find('Enums', { order: { enum: 'ASC', id: 'ASC' } }),
    find('NumberEnums', { order: { enum: 'DESC', id: 'ASC' } }),
  ],
  enumName: [find('Enums', {}), find('EnumLists', {})],
  primaryKeyConstraintName: [find('Label', { order: { word: 'ASC' } })],
  foreignKeyConstraintName: [find('Label', {})],
  asExpression: article('twice'),
  generatedType: article('twice'),
  generatedIdentity: [find('Keeper', {})],
  hstoreType: [find('Hstores', {}), find('HstoreTexts', {})],
  array: [
    find('NumberLists', {}),
    find('TextLists', {}),
    find('MomentLists', {}),
    find('JsonLists', {}),
    find('TimeLists', {}),
  ],
  transformer: [
    ...article('price'),
    ...article('slogan'),
    empty('Article', 'findBy', { slogan: 'NONE!' }),
    read('Article', 'findBy', { price: op('MoreThan', 0) }),
  ],
  spatialFeatureType: [find('Shapes', {})],
  srid: [find('Shapes', {})],
  query: [...article('comments'), read('Article', 'findBy', { comments: op('Not', '-1') })],
  utc: article('day'),
};
