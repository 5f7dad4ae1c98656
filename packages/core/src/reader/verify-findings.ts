/** What verify has found so far. */
import { isPermafrostError, PermafrostError } from '../errors';
import type { RecordTable } from './record-table';

/** One thing that is wrong with a file, with where it is as far as that can be told. */
export interface VerifyFinding {
  readonly code: string;
  readonly message: string;
  readonly entity?: string;
  readonly field?: string;
  readonly ordinal?: number;
  /** Bytes from the start of the file. */
  readonly offset?: number;
}

export class Findings {
  readonly list: VerifyFinding[] = [];
  /** What has been said: a damaged block is met by every record in it. */
  readonly #said = new Set<string>();

  constructor(private readonly maximum: number) {}

  get full(): boolean {
    return this.list.length >= this.maximum;
  }

  add(error: PermafrostError, entity?: string, field?: string, ordinal?: number, where = ''): void {
    if (this.full || this.#said.has(error.message)) return;
    this.#said.add(error.message);
    const { offset } = error.details;
    this.list.push({
      code: error.code,
      message: where + error.message,
      ...(entity === undefined ? {} : { entity }),
      ...(field === undefined ? {} : { field }),
      ...(ordinal === undefined ? {} : { ordinal }),
      ...(offset === undefined ? {} : { offset }),
    });
  }

  say(table: RecordTable, message: string, field?: string, ordinal?: number): void {
    const error = new PermafrostError('FILE_CORRUPT', `${placeOf(table, field, ordinal)}${message}`);
    this.add(error, table.entity.name, field, ordinal);
  }

  collect(table: RecordTable, field: string | undefined, ordinal: number | undefined, run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!isPermafrostError(error) || error.code === 'SNAPSHOT_CLOSED') throw error;
      // Damage of the file, or of a whole entity, says by itself where it is; a structure does not know whose it is.
      const isPlaced = error.details.path !== undefined || error.details.entity !== undefined;
      const where = isPlaced ? '' : placeOf(table, field, ordinal);
      this.add(error, table.entity.name, field, ordinal, where);
    }
  }
}

/** "Author.name, record 3: " */
function placeOf(table: RecordTable, field: string | undefined, ordinal: number | undefined): string {
  return `${table.entity.name}${field === undefined ? '' : `.${field}`}${ordinal === undefined ? '' : `, record ${ordinal}`}: `;
}
