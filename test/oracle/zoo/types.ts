/**
 * An entity for each family of column types: a column of every type that TypeORM's postgres driver lists, not nullable and nullable, and
 * arrays of those that people make arrays of. Made from one table, as their only difference is the type.
 */
import { Column, type ColumnOptions, Entity, PrimaryColumn } from 'typeorm';

export type EntityClass = new () => object;

interface Family {
  /** By database type; its options where the type needs some. */
  readonly types: Readonly<Record<string, ColumnOptions>>;
  readonly isArray?: boolean;
}

const families: Readonly<Record<string, Family>> = {
  Integers: { types: { int: {}, int2: {}, int4: {}, int8: {}, smallint: {}, integer: {}, bigint: {} } },
  Decimals: { types: { decimal: {}, numeric: {}, money: {} } },
  ScaledDecimals: { types: { numeric: { precision: 12, scale: 3 }, decimal: { precision: 8, scale: 2 } } },
  Floats: { types: { real: {}, float: {}, float4: {}, float8: {}, 'double precision': {} } },
  Texts: {
    types: {
      'character varying': {},
      varchar: { length: 60 },
      character: { length: 6 },
      char: { length: 5 },
      text: {},
    },
  },
  CaselessTexts: { types: { citext: {} } },
  Flags: { types: { bool: {}, boolean: {}, uuid: {}, bytea: {} } },
  Enums: { types: { enum: { enum: ['new', 'Zed', 'active', 'with space', "it's", '10', '9'] } } },
  NumberEnums: { types: { enum: { enum: [10, 9, 100] } } },
  SimpleTypes: {
    types: { 'simple-enum': { enum: ['small', 'large', 'medium'] }, 'simple-array': {}, 'simple-json': {} },
  },
  Moments: {
    types: {
      timestamp: {},
      timestamptz: {},
      'timestamp without time zone': { precision: 3 },
      'timestamp with time zone': {},
      date: {},
    },
  },
  Times: { types: { time: {}, timetz: {}, 'time without time zone': {}, 'time with time zone': {} } },
  Intervals: { types: { interval: {} } },
  Jsons: { types: { json: {}, jsonb: {} } },
  JsonPaths: { types: { jsonpath: {} } },
  Xmls: { types: { xml: {} } },
  Bits: { types: { bit: { length: 4 }, varbit: { length: 10 }, 'bit varying': { length: 10 } } },
  Networks: { types: { cidr: {}, inet: {}, macaddr: {}, macaddr8: {} } },
  Shapes: { types: { point: {}, line: {}, lseg: {}, box: {}, path: {}, polygon: {}, circle: {} } },
  Searches: { types: { tsvector: {}, tsquery: {} } },
  Ranges: { types: { int4range: {}, int8range: {}, numrange: {}, tsrange: {}, tstzrange: {}, daterange: {} } },
  Multiranges: {
    types: {
      int4multirange: {},
      int8multirange: {},
      nummultirange: {},
      tsmultirange: {},
      tstzmultirange: {},
      datemultirange: {},
    },
  },
  Hstores: { types: { hstore: {} } },
  HstoreTexts: { types: { hstore: { hstoreType: 'string' } } },
  Ltrees: { types: { ltree: {} } },
  Cubes: { types: { cube: {} } },
  NumberLists: { types: { int: {}, int2: {}, bigint: {}, numeric: {}, float8: {}, real: {} }, isArray: true },
  TextLists: { types: { text: {}, varchar: {}, uuid: {}, boolean: {}, bytea: {} }, isArray: true },
  EnumLists: { types: { enum: { enum: ['red', 'Green', 'b lue', "o'"] } }, isArray: true },
  MomentLists: { types: { date: {}, timestamp: {}, timestamptz: {} }, isArray: true },
  TimeLists: { types: { time: {}, interval: {} }, isArray: true },
  JsonLists: { types: { jsonb: {}, json: {} }, isArray: true },
};

function makeFamily(name: string, { types, isArray = false }: Family): EntityClass {
  const family = { [name]: class {} }[name]!;
  PrimaryColumn('int')(family.prototype, 'id');
  for (const [type, options] of Object.entries(types)) {
    const property = type.replace(/[ -](\w)/g, (_, letter: string) => letter.toUpperCase());
    const common = { ...options, array: isArray };
    Column(type as never, { ...common, ...enumName(type, name, '') })(family.prototype, property);
    Column(type as never, { ...common, ...enumName(type, name, 'opt'), nullable: true })(
      family.prototype,
      `${property}OrNull`,
    );
  }
  Entity({ name: `types_${name.toLowerCase()}` })(family);
  return family;
}

/** Arrays of a type without a name of its own get none from TypeORM. */
function enumName(type: string, family: string, suffix: string): ColumnOptions {
  return type === 'enum' ? { enumName: `enum_${family.toLowerCase()}${suffix}` } : {};
}

/** By name; each can be exported by itself. */
export const typeEntities: Readonly<Record<string, EntityClass>> = Object.fromEntries(
  Object.entries(families).map(([name, family]) => [name, makeFamily(name, family)]),
);
