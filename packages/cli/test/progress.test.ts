/** What an export's progress looks like, on a terminal and elsewhere. The clock is the test's. */
import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { progressDisplay } from '../src/progress';

interface Screen {
  readonly stream: WriteStream;
  text(): string;
}

function screen(isTTY: boolean): Screen {
  const chunks: Buffer[] = [];
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120, rows: 40 });
  stream.on('data', (chunk) => chunks.push(chunk));
  return { stream: stream as unknown as WriteStream, text: () => Buffer.concat(chunks).toString('utf8') };
}

let nowMs = 0;
const rows = (entity: string, records: number, estimatedRecords: number) => ({
  phase: 'rows',
  entity,
  records,
  estimatedRecords,
  bytes: records * 10,
});
const finish = { phase: 'finish', entity: 'Company', records: 3, estimatedRecords: 3, bytes: 30 };

beforeEach(() => {
  nowMs = 1000;
});

test('without a terminal: a line every five seconds and one at the end of each entity', () => {
  const { stream, text } = screen(false);
  const display = progressDisplay(stream, () => nowMs);
  display.show(rows('Customer', 0, 400_000));
  for (let second = 1; second <= 8; second++) {
    nowMs += 1000;
    display.show(rows('Customer', 50_000 * second, 400_000));
  }
  display.show(rows('Company', 0, 0));
  nowMs += 500;
  display.show(rows('Company', 3, 3));
  display.show(finish);
  display.show({ ...finish, entity: 'Customer' });
  display.end();
  expect(text()).toBe(
    'Customer: 250,000 of about 400,000 records, 50,000/s, about 3.0 s left\n' +
      'Customer: 400,000 records in 8.0 s, 50,000/s\n' +
      'Company: 3 records in 0.5 s, 6/s\n' +
      'All records are read. Ordering them, resolving relations and writing the snapshot …\n',
  );
});

test('an estimate that was too low is not shown', () => {
  const { stream, text } = screen(false);
  const display = progressDisplay(stream, () => nowMs);
  display.show(rows('Customer', 0, 10));
  nowMs += 6000;
  display.show(rows('Customer', 60, 10));
  display.breakOff();
  expect(text()).toBe('Customer: 60 records, 10/s\n');
});

test('on a terminal: a bar an entity with rate and time left', () => {
  const { stream, text } = screen(true);
  const display = progressDisplay(stream, () => nowMs);
  display.show(rows('Customer', 0, 400_000));
  nowMs += 2000;
  display.show(rows('Customer', 100_000, 400_000));
  display.breakOff();
  const shown = text();
  expect(shown).toMatch(/Customer +\[=+-+\] +25% 100,000 records, 50,000\/s, about 6\.0 s left/);
  expect(shown.match(/=+-+/g)!.at(-1)).toHaveLength(24);
  expect(shown.lastIndexOf('\x1b[?25h')).toBeGreaterThan(shown.lastIndexOf('\x1b[?25l')); // the cursor is back
});

test('on a terminal, done: full bars, then what goes on', () => {
  const { stream, text } = screen(true);
  const display = progressDisplay(stream, () => nowMs);
  display.show(rows('Customer', 0, 400_000));
  nowMs += 2000;
  display.show(rows('Customer', 380_000, 380_000));
  display.show(rows('Film.actors', 0, 5));
  display.show(rows('Film.actors', 0, 0));
  display.show(finish);
  display.end();
  expect(text()).toMatch(
    /Customer +\[={24}\] +100% 380,000 records in 2\.0 s, 190,000\/s[\s\S]*Film\.actors +\[={24}\] +100% 0 records in 0\.0 s[\s\S]*\nAll records are read\./,
  );
});
