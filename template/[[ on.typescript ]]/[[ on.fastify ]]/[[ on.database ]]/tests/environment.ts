/** What a service under test needs around it. */

import { migratedDatabase } from './database.ts';

/** Variables that differ from those of .env.example, and how to remove what they lead to. */
export async function testEnvironment() {
  const { url, remove } = await migratedDatabase();
  return { variables: { DATABASE_URL: url }, remove };
}
