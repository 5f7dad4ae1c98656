/** What every storage does, real and in memory, and what is particular to files. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileStorage, memoryStorage, type Storage } from '../../src';
import { isAbandonedPartial, partialPathOf } from '../../src/file/partial-file';
import { MemoryStorage } from '../support/memory-storage';
import { thrownBy } from '../support/property';

const directory = mkdtempSync(join(tmpdir(), 'permafrost-storage-'));
afterAll(() => rmSync(directory, { recursive: true }));
const at = (name: string) => join(directory, name);

describe.each<[string, Storage]>([
  ['fileStorage', fileStorage],
  ['memoryStorage', memoryStorage()],
  ['MemoryStorage of the tests', new MemoryStorage()],
])('%s', (_, storage) => {
  const put = (name: string, text: string) => {
    const file = storage.create(at(name));
    file.write(Buffer.from(text));
    file.sync();
    file.close();
  };

  it('reads what it wrote, in pieces, whole, and mapped', () => {
    const file = storage.create(at('a'));
    expect(file.path).toBe(at('a'));
    file.write(Buffer.from('one '));
    const early = file.map();
    expect(Buffer.from(early.bytes).toString()).toBe('one ');
    file.write(Buffer.from('two'));
    expect(Buffer.from(early.bytes).toString()).toBe('one ');
    early.close();
    file.sync();
    file.close();
    file.close();
    const opened = storage.openForReading(at('a'));
    expect([opened.size, opened.path]).toEqual([7, at('a')]);
    expect(
      [
        [0, 3],
        [4, 3],
        [4, 99],
        [7, 1],
        [99, 1],
        [0, 0],
      ].map(([offset, size]) => opened.read(offset!, size!).toString()),
    ).toEqual(['one', 'two', 'two', '', '', '']);
    const mapping = opened.map();
    opened.close();
    expect(Buffer.from(mapping.bytes).toString()).toBe('one two');
    const view = Buffer.from(mapping.bytes.buffer, mapping.bytes.byteOffset, mapping.size);
    mapping.close();
    mapping.close();
    expect(view.equals(Buffer.alloc(7))).toBe(true);
    expect(storage.readAll(at('a')).toString()).toBe('one two');
  });

  it('creates, links, renames and removes names', () => {
    put('b', 'b');
    expect(thrownBy(() => storage.create(at('b')))).toMatchObject({ code: 'FILE_EXISTS', details: { path: at('b') } });
    storage.link(at('b'), at('c'));
    expect(thrownBy(() => storage.link(at('b'), at('c')))).toMatchObject({ code: 'FILE_EXISTS' });
    storage.remove(at('b'));
    expect(storage.readAll(at('c')).toString()).toBe('b');
    put('d', 'd');
    storage.rename(at('d'), at('c'));
    expect(storage.readAll(at('c')).toString()).toBe('d');
    expect(
      storage
        .list(directory)
        .filter((name) => name.length === 1)
        .sort(),
    ).toEqual(['a', 'c']);
    storage.remove(at('none'));
    storage.syncDirectory(directory);
    storage.makeDirectory(directory);
    for (const use of [() => storage.openForReading(at('b')), () => storage.readAll(at('b'))])
      expect(thrownBy(use)).toMatchObject({ code: 'FILE_NOT_FOUND', details: { path: at('b') } });
  });

  it('makes scratch files without a name', () => {
    const before = storage.list(directory);
    const scratch = storage.createScratch(directory);
    scratch.write(Buffer.from('scratch'));
    expect(storage.list(directory)).toEqual(before);
    const mapping = scratch.map();
    expect(Buffer.from(mapping.bytes).toString()).toBe('scratch');
    mapping.close();
    scratch.close();
  });
});

describe('fileStorage', () => {
  it('creates files and directories for their owner alone', () => {
    fileStorage.create(at('private')).close();
    fileStorage.makeDirectory(at('sub/deep'));
    expect((statSync(at('private')).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(at('sub/deep')).mode & 0o777).toString(8)).toBe('700');
  });

  it('gives coded errors with the path and the reason', () => {
    expect(thrownBy(() => fileStorage.openForReading(directory))).toMatchObject({ code: 'NOT_A_SNAPSHOT' });
    expect(thrownBy(() => fileStorage.openForReading('/dev/null'))).toMatchObject({ code: 'NOT_A_SNAPSHOT' });
    execFileSync('mkfifo', [at('pipe')]);
    expect(thrownBy(() => fileStorage.openForReading(at('pipe')))).toMatchObject({ code: 'NOT_A_SNAPSHOT' });
    writeFileSync(at('file'), '');
    expect(thrownBy(() => fileStorage.openForReading(at('file/x')))).toMatchObject({
      code: 'FILE_NOT_FOUND',
      details: { reason: 'ENOTDIR' },
    });
    expect(thrownBy(() => fileStorage.makeDirectory(at('file')))).toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('A part of this path is a file.'),
    });
    expect(thrownBy(() => fileStorage.list(at('none')))).toMatchObject({
      code: 'FILE_NOT_FOUND',
      details: { path: at('none'), reason: 'ENOENT' },
    });
    expect(thrownBy(() => fileStorage.create(at('none/x')))).toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(thrownBy(() => fileStorage.readAll(directory))).toMatchObject({
      code: 'FILE_ACCESS',
      details: { reason: 'EISDIR' },
    });
    const closed = fileStorage.create(at('closed'));
    closed.close();
    expect(thrownBy(() => closed.write(Buffer.from('x'))).code).toBe('FILE_ACCESS');
    if (process.getuid?.() === 0) return; // root may do everything
    fileStorage.create(at('unreadable')).close();
    chmodSync(at('unreadable'), 0);
    expect(thrownBy(() => fileStorage.openForReading(at('unreadable')))).toMatchObject({
      code: 'FILE_ACCESS',
      details: { reason: 'EACCES' },
    });
  });
});

describe('partial files', () => {
  it('have names of their own beside the file', () => {
    const names = new Set(Array.from({ length: 100 }, () => partialPathOf('/some/where/file.permafrost')));
    expect(names.size).toBe(100);
    for (const name of names)
      expect(name).toMatch(/^\/some\/where\/\.file\.permafrost\.[0-9a-f]{8}-\d+-[0-9a-f]{8}\.partial$/);
  });

  it('are abandoned when their process of this host lives no more', () => {
    const own = partialPathOf('x');
    expect(isAbandonedPartial(own)).toBe(false);
    const [, host] = /\.([0-9a-f]{8})-/.exec(own)!;
    expect(isAbandonedPartial(`.x.${host}-99999999-00000000.partial`)).toBe(true);
    expect(isAbandonedPartial('.x.00000000-99999999-00000000.partial')).toBe(false);
    for (const name of [
      'x',
      'manifest.json',
      '.x.partial',
      `x.${host}-99999999-00000000.partial`,
      `.x.${host}-99999999-00000000.partial.bak`,
    ])
      expect(isAbandonedPartial(name)).toBe(false);
  });
});
