/** A bounded pool: so many of a thing at most, and so long a wait for one that is free. */

import { UnavailableError } from './errors.ts';

export class Pool<T> {
  readonly #make: () => Promise<T>;
  readonly #size: number;
  readonly #waitMilliseconds: number;
  readonly #idle: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];
  #made = 0;

  constructor(make: () => Promise<T>, size: number, waitMilliseconds: number) {
    this.#make = make;
    this.#size = size;
    this.#waitMilliseconds = waitMilliseconds;
  }

  /** One that is free, or a new one. Throws UnavailableError if none is in time. */
  async acquire(): Promise<T> {
    const item = this.#idle.pop();
    if (item !== undefined) return item;
    if (this.#made < this.#size) {
      this.#made += 1;
      try {
        return await this.#make();
      } catch (error) {
        this.#made -= 1;
        throw error;
      }
    }
    return new Promise((resolve, reject) => {
      const take = (free: T) => {
        clearTimeout(timer);
        resolve(free);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(new UnavailableError('database: no connection is free'));
      }, this.#waitMilliseconds);
      this.#waiting.push(take);
    });
  }

  /** Give back what acquire() returned. */
  release(item: T): void {
    const next = this.#waiting.shift();
    if (next) next(item);
    else this.#idle.push(item);
  }

  /** End those that are free. */
  close(end: (item: T) => void): void {
    for (const item of this.#idle.splice(0)) end(item);
  }
}
