import type { Migration } from 'kysely/migration';

/** A row for each topic that replicas tell each other of. */
export const changeMarks: Migration = {
  async up(db) {
    await db.schema
      .createTable('change_marks')
      .addColumn('topic', 'text', (column) => column.primaryKey())
      .addColumn('mark', 'text', (column) => column.notNull())
      .execute();
  },
};
