import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { expect, test, vi } from 'vitest';

import { complaining } from '../../src/platform/otlp.ts';

test('a collector that is away is complained of once, and again when it was back', () => {
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const outcomes = [false, false, true, false];
  const exporter = complaining({
    export: (_items: string[], done: (result: ExportResult) => void) =>
      outcomes.shift()
        ? done({ code: ExportResultCode.SUCCESS })
        : done({ code: ExportResultCode.FAILED, error: new Error('refused') }),
  });
  const results: ExportResultCode[] = [];

  for (let batch = 0; batch < 4; batch += 1) {
    exporter.export([], ({ code }) => results.push(code));
  }

  expect(warnings.mock.calls).toEqual([
    ['telemetry is lost: refused'],
    ['telemetry is lost: refused'],
  ]);
  expect(results).toEqual([1, 1, 0, 1]);
  warnings.mockRestore();
});
