/**
 * Connections of the database's pool, in the metrics.
 *
 * Names: https://opentelemetry.io/docs/specs/semconv/database/database-metrics/.
 */

import { Gauge } from 'prom-client';

/** How many connections a pool has, and how many it opens at most. */
export interface PoolUsage {
  readonly size: number;
  used(): number;
  idle(): number;
}

let observed: PoolUsage | undefined;

new Gauge({
  name: 'db_client_connection_count',
  help: 'Connections of the pool.',
  labelNames: ['db_client_connection_state'],
  collect() {
    this.set({ db_client_connection_state: 'used' }, observed?.used() ?? 0);
    this.set({ db_client_connection_state: 'idle' }, observed?.idle() ?? 0);
  },
});
new Gauge({
  name: 'db_client_connection_max',
  help: 'Most connections that the pool opens.',
  collect() {
    this.set(observed?.size ?? 0);
  },
});

/** Show the connections of this pool from now on; a pool before it is forgotten. */
export function observePool(pool: PoolUsage): void {
  observed = pool;
}
