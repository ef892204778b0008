/** Spans of queries: where they hang, what they tell, and what they don't. */

import { SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';

import { openDatabase } from '../../src/platform/database.ts';
import '../../src/platform/tracing.ts';
import { migratedDatabase } from '../database.ts';
import { settings } from '../support.ts';

test('a query hangs under its request, without its values', async () => {
  const { url, remove } = await migratedDatabase();
  const { db, ping, close } = openDatabase<unknown>(settings({ DATABASE_URL: url }));
  onTestFinished(async () => {
    await close();
    await remove();
  });
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );

  await ping();
  await trace.getTracer('test').startActiveSpan('request', async (request) => {
    await sql`SELECT CAST(${'secret'} AS VARCHAR(9))`.execute(db);
    await expect(sql`SELECT nothing FROM nowhere`.execute(db)).rejects.toThrow();
    request.end();
  });

  const [query, failed, request, ...others] = exporter.getFinishedSpans();
  expect(others).toEqual([]);
  expect(query?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(failed?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
  expect(query?.name).toBe('SELECT');
  expect(query?.attributes['db.query.text']).toContain('CAST');
  expect(JSON.stringify(query?.attributes)).not.toContain('secret');
  expect(query?.status.code).toBe(SpanStatusCode.UNSET);
  expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
});
