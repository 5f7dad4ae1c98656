/**
 * A file whose first failed write is its last: what a write left behind is not known, so nothing may be appended to it. The snapshot is
 * abandoned, and the error goes on to whoever was adding a record.
 */
import type { WritableFile } from '../file/storage';

/** Makes a file; `fail` is called before an error of making or using it is thrown on. */
export function failingOnce(make: () => WritableFile, fail: () => void): WritableFile {
  const guarded = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      fail();
      throw error;
    }
  };
  const file = guarded(make);
  return {
    path: file.path,
    write: (bytes) => guarded(() => file.write(bytes)),
    map: () => guarded(() => file.map()),
    sync: () => guarded(() => file.sync()),
    close: () => file.close(),
  };
}
