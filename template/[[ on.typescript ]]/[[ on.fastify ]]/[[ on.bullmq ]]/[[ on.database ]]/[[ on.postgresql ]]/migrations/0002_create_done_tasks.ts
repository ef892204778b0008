import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('done_tasks')
    .addColumn('key', 'varchar(255)', (column) => column.primaryKey().notNull())
    .addColumn('done_at', 'timestamptz', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('ix_done_tasks_done_at').on('done_tasks').column('done_at').execute();
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('done_tasks').execute();
}
