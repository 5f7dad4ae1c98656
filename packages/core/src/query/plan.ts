/**
 * What is asked of a snapshot, in words of no ORM: row sources joined by relations, a condition in SQL's three-valued logic, an order, a
 * window. Faces (TypeORM's, Prisma's) translate into it; the engine answers it over the records' bytes.
 */

/** Row source 0 is the entity asked for; joins follow, numbered from 1 in the order of {@link Plan.joins}. */
export interface Plan {
  /** Name of an entity or subtype. */
  readonly entity: string;
  /** Parents before what hangs on them. */
  readonly joins?: readonly Join[];
  /** Ordinals of the only records of the entity asked for that are looked at, in any order, each once. Default: all. */
  readonly among?: ArrayLike<number>;
  /** Rows are kept where it is true; not where it is false or unknown. Default: all. */
  readonly where?: Expression;
  /** Ties, and rows without an order, come in key order of the entity asked for, then as the relations' lists have the joined records. */
  readonly order?: readonly PlanOrderTerm[];
  /** Records of the entity asked for to leave out at the start. Default 0. */
  readonly skip?: number;
  /** Most records of the entity asked for. Default all. */
  readonly take?: number;
}

/** A relation followed from one row source to another, as SQL's JOIN does. */
export interface Join {
  /** Number of the row source whose relation it is. */
  readonly parent: number;
  /** The relation's name in the parent's entity; of one inside an embedded value its path. */
  readonly relation: string;
  /** 'inner' drops rows without a target, 'left' keeps them. */
  readonly kind: 'inner' | 'left';
  /** Targets that do not satisfy it are as good as absent. It may use fields of this join alone. */
  readonly on?: Expression;
  /**
   * Of a left join over a to-many relation: whether each target that `on` turns down leaves a row without a target, as SQL has it where a
   * join table stands between. Otherwise there is one such row if no target is left.
   */
  readonly leavesGaps?: boolean;
}

/** A field of a row source. Where a left join found nothing, its fields are null. */
export interface FieldReference {
  /** Number of the row source. */
  readonly source: number;
  /**
   * The field's name, or path ("address.city"). In conditions also the name of a to-one relation, whose values are keys of its target, as
   * `get` takes them; of a relation to one of several entities `{ entity, key }`. It can be compared for equality, with IN and with null.
   */
  readonly field: string;
  /**
   * A to-one relation of the row source: the field is then its target's, read from the reference itself. That is what SQL's foreign key
   * column holds, whatever a join's `on` says of the target.
   */
  readonly through?: string;
}

/** Text order and equality are the database's: by bytes where the field's collation is C, by its ranks elsewhere. */
export type Expression =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not'; readonly term: Expression }
  /** `null` is unknown. */
  | { readonly kind: 'constant'; readonly value: boolean | null }
  | { readonly kind: 'is-null'; readonly operand: FieldReference }
  /** Whether a left join found nothing for the row source (true) or did (false). */
  | { readonly kind: 'is-missing'; readonly source: number }
  | {
      readonly kind: 'compare';
      readonly operand: FieldReference;
      readonly operator: Comparison;
      /** Canonical, as keys take it: BigInt for 64-bit integers and microseconds, text for decimals. Null makes it unknown. */
      readonly value: unknown;
    }
  /** SQL's IN: unknown, not false, where a value is null and no other matches. An empty list is false. */
  | { readonly kind: 'in'; readonly operand: FieldReference; readonly values: readonly unknown[] }
  | {
      readonly kind: 'like';
      readonly operand: FieldReference;
      /** SQL's: `%`, `_`, and backslash as escape. Null makes it unknown. */
      readonly pattern: string | null;
      readonly ignoreCase: boolean;
    }
  /** Of fields that are lists. Elements are canonical; null elements never match, as in PostgreSQL. */
  | {
      readonly kind: 'list';
      readonly operand: FieldReference;
      readonly operator: 'equal' | 'contains' | 'contained-by' | 'overlaps';
      readonly values: readonly unknown[] | null;
    }
  /** PostgreSQL's `jsonb @>`. */
  | { readonly kind: 'json-contains'; readonly operand: FieldReference; readonly value: unknown }
  /** Whether the number of targets of a to-many relation compares so. */
  | {
      readonly kind: 'target-count';
      readonly source: number;
      readonly relation: string;
      readonly operator: Comparison;
      readonly value: number;
      /** Targets that count; source 0 stands for the target in it. Default: all. */
      readonly on?: Expression;
    }
  /**
   * Whatever no other kind says: `test` gets the values of the fields as the snapshot was opened to give them, null for none, and says true,
   * false, or null for unknown.
   */
  | {
      readonly kind: 'test';
      readonly operands: readonly FieldReference[];
      /** Null is unknown. */
      readonly test: (...values: unknown[]) => boolean | null;
    };

/** How a value is compared, as the database orders and equates values. */
export type Comparison = 'equal' | 'not-equal' | 'less' | 'less-or-equal' | 'greater' | 'greater-or-equal';

/** One field to order by. */
export interface PlanOrderTerm extends FieldReference {
  readonly direction: 'ascending' | 'descending';
  readonly nulls: 'first' | 'last';
}

/** One record of a result, and what its joins led to. */
export interface ResultNode {
  readonly ordinal: number;
  /** By number of the row source; absent for those that do not hang on this record's. To-one joins have one node at most. */
  readonly joined: ResultNodes;
}

/** What the joins that hang on a record led to. */
export type ResultNodes = { readonly [source: number]: readonly ResultNode[] };

/** How a plan was answered, for `explain`. */
export interface PlanExplanation {
  /**
   * How records of the entity asked for were found: by keys or a range of them, by an index, all looked at, those that the plan names, or
   * none where nothing can satisfy it.
   */
  readonly access: 'key' | 'index' | 'scan' | 'given' | 'none';
  /** The fields of the index used; of one that leads back to the records by relations their paths ("author.id"). */
  readonly index?: readonly string[];
  /** Records of the entity asked for that were looked at. */
  readonly recordsExamined: number;
  /** Rows of all joins that were looked at; equals `recordsExamined` where nothing had to be joined. */
  readonly rowsExamined: number;
  readonly recordsReturned: number;
}
