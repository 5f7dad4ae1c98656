/**
 * What is answered for each column type of TypeORM's PostgreSQL driver: the table behind the documentation, and what its tests hold it
 * against. Values are given back exactly as TypeORM gives them for every type that is stored; lists of any type as well.
 */

export interface ColumnTypeSupport {
  /** 'value': in a form of core's own. 'text': as the server's text of it. 'refused': EXPORT_UNSUPPORTED. */
  readonly stored: 'value' | 'text' | 'refused';
  /**
   * Which operands `=` and what rests on it (Not, In, Any) take: 'any' that PostgreSQL reads in its common notations; 'canonical', those in
   * the notation PostgreSQL writes, and some others; 'occurring', those that some record of a ranked column holds, as the server writes
   * them; 'none', since the database has no order, or no `=` at all. What is not taken is refused by name.
   */
  readonly equality: 'any' | 'canonical' | 'occurring' | 'none';
  /**
   * How rows are ordered: by the 'value'; by 'ranks' that the database gave them at export, so that < and > take operands that occur in the
   * data; by 'named ranks', those of columns that the export was told to rank; or the database has no order ('none').
   */
  readonly order: 'value' | 'ranks' | 'named ranks' | 'none';
}

const number: ColumnTypeSupport = { stored: 'value', equality: 'any', order: 'value' };
const text: ColumnTypeSupport = { stored: 'value', equality: 'any', order: 'ranks' };
const written: ColumnTypeSupport = { stored: 'text', equality: 'canonical', order: 'ranks' };
const several: ColumnTypeSupport = { stored: 'text', equality: 'occurring', order: 'ranks' };
const rare: ColumnTypeSupport = { stored: 'text', equality: 'occurring', order: 'named ranks' };
const unordered: ColumnTypeSupport = { stored: 'text', equality: 'none', order: 'none' };
const refused: ColumnTypeSupport = { stored: 'refused', equality: 'none', order: 'none' };

/** By the names that columns are declared with. Text is in byte order by itself where its collation is "C". */
export const columnTypeSupport: Readonly<Record<string, ColumnTypeSupport>> = {
  int: number,
  int2: number,
  int4: number,
  int8: number,
  smallint: number,
  integer: number,
  bigint: number,
  decimal: number,
  numeric: number,
  real: number,
  float: number,
  float4: number,
  float8: number,
  'double precision': number,
  money: written,
  'character varying': text,
  varchar: text,
  character: text,
  char: text,
  text,
  citext: text,
  hstore: rare,
  bytea: number,
  bit: written,
  varbit: written,
  'bit varying': written,
  timetz: written,
  timestamptz: number,
  timestamp: number,
  'timestamp without time zone': number,
  'timestamp with time zone': number,
  date: number,
  time: number,
  'time without time zone': number,
  'time with time zone': written,
  interval: number,
  bool: number,
  boolean: number,
  enum: number,
  point: unordered,
  line: unordered,
  lseg: unordered,
  box: unordered,
  path: unordered,
  polygon: unordered,
  circle: unordered,
  cidr: written,
  inet: written,
  macaddr: written,
  macaddr8: written,
  tsvector: rare,
  tsquery: rare,
  uuid: number,
  xml: unordered,
  json: { stored: 'value', equality: 'none', order: 'none' },
  jsonb: { stored: 'value', equality: 'any', order: 'named ranks' },
  jsonpath: unordered,
  int4range: written,
  int8range: written,
  numrange: several,
  tsrange: several,
  tstzrange: several,
  daterange: written,
  int4multirange: several,
  int8multirange: several,
  nummultirange: several,
  tsmultirange: several,
  tstzmultirange: several,
  datemultirange: several,
  geometry: refused,
  geography: refused,
  cube: several,
  ltree: written,
  vector: several,
  halfvec: several,
  'simple-array': { stored: 'value', equality: 'any', order: 'named ranks' },
  'simple-json': { stored: 'value', equality: 'any', order: 'named ranks' },
  'simple-enum': number,
};
