/**
 * How an export's progress looks: on a terminal a bar an entity with rate and time left, elsewhere a plain line every few seconds.
 * Takes events in the order the adapter gives them; an entity is done when another one begins.
 */
import type { WriteStream } from 'node:tty';
import { MultiBar, type SingleBar } from 'cli-progress';
import { durationText, wholeText } from './format';

/** One event of an export, as adapters give it. */
export interface ExportProgress {
  /** 'rows' while records are read, 'finish' when all are and the file is being made. */
  readonly phase: string;
  readonly entity: string;
  readonly records: number;
  readonly estimatedRecords: number;
  readonly bytes: number;
}

export interface ProgressDisplay {
  show(progress: ExportProgress): void;
  /** The export is done. */
  end(): void;
  /** The export has failed: what is unfinished stays so. */
  breakOff(): void;
}

const PLAIN_INTERVAL_MS = 5_000;

/** `now` in milliseconds, from any start. */
export function progressDisplay(stream: WriteStream, now: () => number = () => performance.now()): ProgressDisplay {
  return stream.isTTY ? new BarDisplay(stream, now) : new LineDisplay(stream, now);
}

/** What both displays know of the entity being read. */
class Reading {
  progress: ExportProgress;
  readonly startedMs: number;

  constructor(progress: ExportProgress, startedMs: number) {
    this.progress = progress;
    this.startedMs = startedMs;
  }

  secondsAt(nowMs: number): number {
    return (nowMs - this.startedMs) / 1000;
  }

  /** "250,000/s", empty before there is anything to divide. */
  rateAt(nowMs: number): string {
    const seconds = this.secondsAt(nowMs);
    return seconds < 0.001 || this.progress.records === 0 ? '' : `${wholeText(this.progress.records / seconds)}/s`;
  }

  /** "about 3 s left", empty when nobody can know. */
  leftAt(nowMs: number): string {
    const { records, estimatedRecords } = this.progress;
    const seconds = this.secondsAt(nowMs);
    if (records === 0 || seconds < 0.5 || estimatedRecords <= records) return '';
    return `about ${durationText(((estimatedRecords - records) * seconds) / records)} left`;
  }

  /** "200,000 records in 0.8 s, 250,000/s". */
  summaryAt(nowMs: number): string {
    const rate = this.rateAt(nowMs);
    return `${wholeText(this.progress.records)} records in ${durationText(this.secondsAt(nowMs))}${rate && `, ${rate}`}`;
  }
}

/** The steps that both displays go through; what they look like is theirs. */
abstract class Display implements ProgressDisplay {
  protected reading: Reading | undefined;
  #finishing = false;

  constructor(
    protected readonly stream: WriteStream,
    protected readonly now: () => number,
  ) {}

  show(progress: ExportProgress): void {
    if (progress.phase !== 'rows') {
      if (this.#finishing) return;
      this.#finishing = true;
      this.#readingDone();
      this.finishing();
      return;
    }
    if (this.reading?.progress.entity !== progress.entity) {
      this.#readingDone();
      this.reading = new Reading(progress, this.now());
      this.begun(this.reading);
    }
    this.reading!.progress = progress;
    this.advanced(this.reading!);
  }

  end(): void {
    this.#readingDone();
    this.stopped();
  }

  breakOff(): void {
    this.reading = undefined;
    this.stopped();
  }

  #readingDone(): void {
    if (this.reading) this.done(this.reading);
    this.reading = undefined;
  }

  protected abstract begun(reading: Reading): void;
  protected abstract advanced(reading: Reading): void;
  protected abstract done(reading: Reading): void;
  /** All is read: from here on there is nothing to count. */
  protected abstract finishing(): void;
  protected abstract stopped(): void;
}

const FINISHING = 'All records are read. Ordering them, resolving relations and writing the snapshot …\n';

class LineDisplay extends Display {
  #saidMs = 0;

  protected override begun(reading: Reading): void {
    this.#saidMs = reading.startedMs;
  }

  protected override advanced(reading: Reading): void {
    const nowMs = this.now();
    if (nowMs - this.#saidMs < PLAIN_INTERVAL_MS) return;
    this.#saidMs = nowMs;
    const { entity, records, estimatedRecords } = reading.progress;
    const estimate = estimatedRecords > records ? ` of about ${wholeText(estimatedRecords)}` : '';
    const facts = [reading.rateAt(nowMs), reading.leftAt(nowMs)].filter((fact) => fact !== '');
    this.stream.write(`${[`${entity}: ${wholeText(records)}${estimate} records`, ...facts].join(', ')}\n`);
  }

  protected override done(reading: Reading): void {
    this.stream.write(`${reading.progress.entity}: ${reading.summaryAt(this.now())}\n`);
  }

  protected override finishing(): void {
    this.stream.write(FINISHING);
  }

  protected override stopped(): void {}
}

class BarDisplay extends Display {
  #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;

  protected override begun({ progress }: Reading): void {
    this.#bars ??= new MultiBar({
      stream: this.stream,
      format: '{entity} [{bar}] {percentage}% {facts}',
      barsize: 24,
      autopadding: true,
      hideCursor: true,
    });
    this.#bar = this.#bars.create(1, 0, { entity: progress.entity.padEnd(20), facts: '' });
  }

  protected override advanced(reading: Reading): void {
    const { records, estimatedRecords } = reading.progress;
    const nowMs = this.now();
    const facts = [`${wholeText(records)} records`, reading.rateAt(nowMs), reading.leftAt(nowMs)];
    this.#bar?.setTotal(Math.max(1, estimatedRecords, records));
    this.#bar?.update(records, { facts: facts.filter((fact) => fact !== '').join(', ') });
  }

  protected override done(reading: Reading): void {
    this.#bar?.setTotal(1);
    this.#bar?.update(1, { facts: reading.summaryAt(this.now()) });
    this.#bar = undefined;
  }

  protected override finishing(): void {
    this.stopped();
    this.stream.write(FINISHING);
  }

  protected override stopped(): void {
    this.#bars?.stop();
    this.#bars = undefined;
  }
}
