/**
 * Connections of the database's pool, in the metrics.
 *
 * Names: https://opentelemetry.io/docs/specs/semconv/database/database-metrics/.
 */

import { metrics } from '@opentelemetry/api';

/** How many connections a pool has, and how many it opens at most. */
export interface PoolUsage {
  readonly size: number;
  used(): number;
  idle(): number;
}

/** Count the connections of this pool from now on. */
export function observePool(pool: PoolUsage): void {
  const meter = metrics.getMeter('database');
  meter
    .createObservableUpDownCounter('db.client.connection.count', {
      description: 'Connections of the pool.',
      unit: '{connection}',
    })
    .addCallback((result) => {
      result.observe(pool.used(), { 'db.client.connection.state': 'used' });
      result.observe(pool.idle(), { 'db.client.connection.state': 'idle' });
    });
  meter
    .createObservableUpDownCounter('db.client.connection.max', {
      description: 'Most connections that the pool opens.',
      unit: '{connection}',
    })
    .addCallback((result) => result.observe(pool.size));
}
