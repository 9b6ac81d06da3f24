import { hash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Database } from '../storage/database.js';
import type { RequestRecord } from '../contract/request-record.js';

const SUFFIX = '.ndjson';
/** A disk is filled no further than this. */
const MOST_BYTES = 512 * 1024 ** 2;

/**
 * Beside the file of SQLite; without one, in the folder that holds the service's data. Each database has its own, so that
 * records never end up in another.
 */
export function spillFolderFor({ sqlitePath, name }: Pick<Database, 'sqlitePath' | 'name'>): string {
  const isFile = sqlitePath !== undefined && sqlitePath !== ':memory:';
  const folder = join(isFile ? dirname(sqlitePath) : 'data', 'spill');
  return join(folder, hash('sha256', name, 'hex').slice(0, 8));
}

/**
 * Keeps records on disk while the database is away, each batch as a file of its own that is whole from its first moment.
 * Files of a process that died are found by the next one. Reading a file twice does no harm, as a record counts once.
 */
export class SpillFolder {
  private bytes: number | undefined;

  constructor(private readonly folder: string) {}

  /** @throws what the file system throws, and an error when the folder is full */
  async keep(records: readonly RequestRecord[]): Promise<void> {
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    const bytes = Buffer.byteLength(text);
    this.bytes ??= await this.measure();
    if (this.bytes + bytes > MOST_BYTES) throw new Error(`${this.folder} holds 512 MB already`);
    await mkdir(this.folder, { recursive: true });
    // The time in front keeps them in order.
    const path = join(this.folder, `${String(records[0]?.at ?? 0)}-${randomUUID()}${SUFFIX}`);
    await writeFile(`${path}.part`, text, { mode: 0o600 });
    await rename(`${path}.part`, path);
    this.bytes += bytes;
  }

  /** The files there are, the oldest first. */
  async list(): Promise<readonly string[]> {
    try {
      const names = await readdir(this.folder);
      return names
        .filter((name) => name.endsWith(SUFFIX))
        .sort()
        .map((name) => join(this.folder, name));
    } catch {
      return [];
    }
  }

  /** A line that cannot be read is left out; `undefined`: another process was faster. */
  async read(path: string): Promise<readonly RequestRecord[] | undefined> {
    try {
      const text = await readFile(path, 'utf8');
      return text.split('\n').flatMap(parseLine);
    } catch {
      return undefined;
    }
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
    this.bytes = undefined;
  }

  private async measure(): Promise<number> {
    const sizes = (await this.list()).map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    );
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }
}

function parseLine(line: string): RequestRecord[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line) as RequestRecord];
  } catch {
    return [];
  }
}
