/** What is asked of an entity's records, in words of no ORM: conditions, order, a window. Faces translate into it. */

/** One condition on a field or to-one relation. */
export interface Condition {
  /** A field, an embedded one by its path ("address.city"), or a to-one relation: then the values are keys of its target; of a polymorphic one `{ entity, key }`. */
  readonly field: string;
  readonly operator: 'equal' | 'in';
  /** One value for 'equal', any number for 'in'. Null equals nothing, as in SQL, and so does no value. */
  readonly values: readonly unknown[];
}

/** One field to order by. */
export interface OrderTerm {
  readonly field: string;
  readonly direction: 'ascending' | 'descending';
  readonly nulls: 'first' | 'last';
}

/** What {@link runQuery} answers. */
export interface Query {
  /** Name of an entity or subtype. */
  readonly entity: string;
  /** Alternatives, each a list of conditions that must all hold. No alternatives: every record. */
  readonly where?: readonly (readonly Condition[])[];
  /** Ties and records without an order come in key order. */
  readonly order?: readonly OrderTerm[];
  /** Records to leave out at the start. Default 0. */
  readonly skip?: number;
  /** Most records to give. Default all. */
  readonly take?: number;
}
