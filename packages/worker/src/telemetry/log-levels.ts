import type { Clock, LogLevel } from '@headrace/foundation';
import type { LoggerLevels, LoggerState } from '@headrace/rest-api';

/** What a logger looks at before each line; changes with the level. */
export interface LevelCell {
  level: LogLevel;
}

interface Known extends LevelCell {
  lastModified: number | null;
}

const ROOT = 'root';

/** Levels of loggers by name, as log4j has them: a logger without a level of its own has that of the nearest one above it. */
export class LogLevels implements Pick<LoggerLevels, 'list' | 'set'> {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  readonly #listeners = new Set<(name: string, level: LogLevel) => void>();

  constructor(rootLevel: LogLevel, clock: Clock) {
    this.#clock = clock;
    this.#known.set(ROOT, { level: rootLevel, lastModified: null });
  }

  /** The level of that logger, now and later. */
  of(name: string): LevelCell {
    const known = this.#known.get(name) ?? { level: this.#above(name), lastModified: null };
    this.#known.set(name, known);
    return known;
  }

  list(): readonly LoggerState[] {
    return [...this.#known]
      .map(([name, { level, lastModified }]) => ({ name, level, lastModified }))
      .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }

  set(name: string, level: LogLevel): readonly string[] {
    this.of(name);
    const lastModified = this.#clock.now();
    const changed = [...this.#known].filter(([other, known]) => isBelow(other, name) && known.level !== level);
    for (const [, known] of changed) Object.assign(known, { level, lastModified });
    for (const listener of this.#listeners) listener(name, level);
    return changed.map(([other]) => other).toSorted();
  }

  /** Each name alone, as another thread has it. */
  restore(levels: readonly (readonly [string, LogLevel])[]): void {
    for (const [name, level] of levels) this.of(name).level = level;
  }

  /** Hears of every level that is set; returns how to end that. */
  onSet(listener: (name: string, level: LogLevel) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #above(name: string): LogLevel {
    for (let end = name.lastIndexOf('.'); end > 0; end = name.lastIndexOf('.', end - 1)) {
      const known = this.#known.get(name.slice(0, end));
      if (known !== undefined) return known.level;
    }
    return this.#known.get(ROOT)?.level ?? 'INFO';
  }
}

const isBelow = (name: string, ancestor: string): boolean => ancestor === ROOT || name === ancestor || name.startsWith(`${ancestor}.`);
