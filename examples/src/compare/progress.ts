/** Shows an export as it goes: one bar per entity with rate and time left on a terminal, else one line per entity when it is done. */
import type { ExportProgress } from '@permafrost/typeorm-adapter';
import { Presets, SingleBar } from 'cli-progress';

const count = (records: number) => Math.round(records).toLocaleString('en');

export class ExportProgressPrinter {
  #bar: SingleBar | undefined;
  #shown: ExportProgress | undefined;
  #startedAt = 0;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(progress: ExportProgress): void {
    if (progress.phase === 'finish') {
      this.end();
      return;
    }
    if (progress.entity !== this.#shown?.entity) {
      this.end();
      this.#startedAt = performance.now();
      if (this.stream.isTTY) this.#bar = this.#startBar(progress);
    }
    this.#shown = progress;
    // The planner's estimate can be too low.
    this.#bar?.setTotal(Math.max(progress.estimatedRecords, progress.records, 1));
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#bar?.update(progress.records, { shown: count(progress.records), rate: count(progress.records / seconds) });
  }

  end(): void {
    this.#bar?.stop();
    if (this.#shown && !this.#bar) {
      const { entity, records } = this.#shown;
      const seconds = (performance.now() - this.#startedAt) / 1000;
      this.stream.write(
        `          ${entity.padEnd(10)} ${count(records).padStart(9)} records in ${seconds.toFixed(1)} s\n`,
      );
    }
    this.#bar = undefined;
    this.#shown = undefined;
  }

  #startBar({ entity, estimatedRecords }: ExportProgress): SingleBar {
    const format = `          ${entity.padEnd(9)} {bar} {percentage}% {shown} · {rate}/s · {eta_formatted} left`;
    // Without these a terminal would be left without cursor and line wrapping after Ctrl-C, which is for the demo to handle.
    const untouched = { hideCursor: false, linewrap: true, gracefulExit: false };
    const options = { ...untouched, stream: this.stream, format, barsize: 20, fps: 10 };
    const bar = new SingleBar(options, Presets.shades_classic);
    bar.start(Math.max(estimatedRecords, 1), 0, { shown: '0', rate: '-' });
    return bar;
  }
}
