/** Shows the tasks that could not be done; with `requeue` or `drop`, and ids or none for all, sends them again or forgets them. */

import { deadLetters, drop, requeue } from './platform/dead-letters.ts';
import { settingsOrExit } from './platform/settings-or-exit.ts';
import { connectRedis, openQueue } from './platform/tasks.ts';

const [action = 'list', ...ids] = process.argv.slice(2);
if (!['list', 'requeue', 'drop'].includes(action)) {
  console.error('usage: dead-letters [list | requeue | drop] [ID…]');
  process.exit(2);
}

const redis = connectRedis(settingsOrExit(), 2);
redis.on('error', () => undefined);
try {
  await redis.ping();
  const queue = openQueue(redis);
  const letters = await deadLetters(queue);
  const chosen = letters.filter(({ id }) => ids.length === 0 || ids.includes(id));
  for (const letter of chosen) {
    if (action === 'requeue') await requeue(queue, redis, letter.id);
    if (action === 'drop') await drop(queue, letter.id);
    console.log(JSON.stringify(letter));
  }
  const missing = ids.filter((id) => !letters.some((letter) => letter.id === id));
  if (missing.length > 0) {
    console.error(`There is no dead letter ${missing.join(', ')}.`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(`The queue does not answer: ${(error as Error).message}`);
  process.exitCode = 1;
}
redis.disconnect();
