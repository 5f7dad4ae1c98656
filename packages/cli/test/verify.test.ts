/** `permafrost verify` on whole, damaged and missing files: what is a finding, and what keeps it from running. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Ended, permafrost, publishCompanies, withFolder } from './support';

const folder = withFolder();
const RECORD_COUNT = 4000;

test('a whole file has no findings', async () => {
  const file = await publishCompanies(folder.path, RECORD_COUNT);
  const { code, stdout, stderr } = await permafrost('verify', file);
  const size = readFileSync(file).length.toLocaleString('en-US');
  expect(stdout).toMatch(new RegExp(`^${file}: no damage in ${size} bytes and 4,002 records \\(\\d.*s\\)\n$`));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('a whole directory has none either', async () => {
  await publishCompanies(folder.path, 10);
  const file = await publishCompanies(folder.path, 20);
  const { code, stdout } = await permafrost('verify', '--json', folder.path);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ path: file, generation: 2, records: 22, findings: [] });
});

test('a flipped bit is found, wherever it is', async () => {
  const file = await publishCompanies(folder.path, RECORD_COUNT);
  const whole = readFileSync(file);
  const damaged = path.join(folder.path, 'damaged.permafrost');
  const places = [
    8,
    30,
    70,
    65536,
    65536 * 2 + 17,
    Math.floor(whole.length / 2),
    whole.length - 300,
    whole.length - 65,
    whole.length - 20,
  ];
  for (const place of places) {
    const bytes = Buffer.from(whole);
    bytes[place]! ^= 0x10;
    writeFileSync(damaged, bytes);
    const { code, stdout } = await permafrost('verify', '--json', damaged);
    const { findings } = JSON.parse(stdout);
    expect({ place, code, codes: [...new Set(findings.map((finding: { code: string }) => finding.code))] }).toEqual({
      place,
      code: 4,
      codes: ['FILE_CORRUPT'],
    });
  }
});

test('the text names the damaged block once', async () => {
  const file = await publishCompanies(folder.path, RECORD_COUNT);
  const bytes = readFileSync(file);
  bytes[65536 + 5]! ^= 1;
  writeFileSync(file, bytes);
  const { code, stdout, stderr } = await permafrost('verify', file);
  expect(stdout).toMatch(/^FILE_CORRUPT: .*: block 1 \(from byte 65536\) does not match its checksum\./);
  expect(stdout.match(/block 1 /g)).toHaveLength(1);
  expect(stderr).toMatch(new RegExp(`^${file}: \\d+ findings?`));
  expect(code).toBe(4);
});

test('--max-findings bounds them', async () => {
  const file = await publishCompanies(folder.path, RECORD_COUNT);
  const bytes = readFileSync(file);
  for (const block of [0, 1, 2]) bytes[65536 * block + 100]! ^= 1;
  writeFileSync(file, bytes);
  const { code, stdout, stderr } = await permafrost('verify', '--max-findings', '2', file);
  expect(stdout.match(/^FILE_CORRUPT/gm)).toHaveLength(2);
  expect(stderr).toBe(`${file}: 2 findings, and maybe more: --max-findings shows them\n`);
  expect(code).toBe(4);
});

test('a file that was cut is a finding', async () => {
  const file = await publishCompanies(folder.path, 10);
  writeFileSync(file, readFileSync(file).subarray(0, -100));
  expect(await permafrost('verify', file)).toMatchObject({
    code: 4,
    stdout: expect.stringMatching(/^FILE_TRUNCATED: /),
  });
});

describe('in a directory', () => {
  let file: string;
  const finding = (code: string) => ({ code: 4, stdout: expect.stringMatching(new RegExp(`^${code}: `)) });
  beforeEach(async () => {
    await publishCompanies(folder.path, 10);
    file = await publishCompanies(folder.path, 20);
  });

  test('a manifest that is not one is a finding', async () => {
    writeFileSync(path.join(folder.path, 'manifest.json'), '{"formatVersion":1}');
    expect(await permafrost('verify', folder.path)).toMatchObject(finding('MANIFEST_INVALID'));
  });

  test('the content of another generation is a finding', async () => {
    copyFileSync(file.replace('2.permafrost', '1.permafrost'), file);
    expect(await permafrost('verify', folder.path)).toMatchObject(finding('MANIFEST_INVALID'));
  });

  test('a generation that is not there is a finding', async () => {
    rmSync(file);
    expect(await permafrost('verify', folder.path)).toMatchObject(finding('FILE_NOT_FOUND'));
  });

  test('a generation that is no snapshot is a finding', async () => {
    writeFileSync(file, 'x'.repeat(5000));
    expect(await permafrost('verify', folder.path)).toMatchObject(finding('NOT_A_SNAPSHOT'));
  });
});

test.each([
  ['a path that leads nowhere', 'FILE_NOT_FOUND', () => path.join(folder.path, 'nothing')],
  ['a directory without a manifest', 'FILE_NOT_FOUND', () => folder.path],
  ['another kind of file', 'NOT_A_SNAPSHOT', () => __filename],
])('%s cannot be verified', async (_, expected, target) => {
  const ended: Ended = await permafrost('verify', target());
  expect(ended).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(new RegExp(`^${expected}: .*\n$`)) });
});

test('a file that needs a newer reader cannot be verified: it may be whole', async () => {
  const file = await publishCompanies(folder.path, 10);
  const bytes = readFileSync(file);
  bytes.writeUInt16LE(2, 10); // minReaderVersion
  const { crc32 } = await import('node:zlib');
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  writeFileSync(file, bytes);
  expect(await permafrost('verify', file)).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^FORMAT_UNSUPPORTED: .*Update @permafrost\/core/),
  });
});
