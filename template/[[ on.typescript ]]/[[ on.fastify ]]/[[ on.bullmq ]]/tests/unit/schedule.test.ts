import { expect, test } from 'vitest';

import { schedule, tasks } from '../../src/interface/tasks.ts';

test('what is scheduled is known, and asks for no data', () => {
  for (const { task } of schedule) {
    expect(tasks).toContain(task);
    expect(task.schema).toMatchObject({ type: 'object', properties: {} });
  }
});

test('every task has a name of its own', () => {
  const names = tasks.map(({ name }) => name);

  expect(names).toEqual([...new Set(names)]);
});
