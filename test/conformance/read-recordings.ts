import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Recording, RecordingMeta } from './recording.js';

const ROOT = join(import.meta.dirname, '..', '..');

/** Where the recordings lie: beside the repository, or where `SLUICE_RECORDINGS` says. They are never part of it. */
export const RECORDINGS_FOLDER = resolve(ROOT, process.env['SLUICE_RECORDINGS'] ?? '../shared/recordings');

/** Every recorded exchange in the order of its name; none where the folder is absent. */
export function readRecordings(): readonly Recording[] {
  if (!existsSync(RECORDINGS_FOLDER)) return [];
  return foldersIn(RECORDINGS_FOLDER).flatMap((vendor) =>
    foldersIn(join(RECORDINGS_FOLDER, vendor)).map((name) => readCase(`${vendor}/${name}`)),
  );
}

function readCase(name: string): Recording {
  const folder = join(RECORDINGS_FOLDER, name);
  const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as RecordingMeta;
  const request = join(folder, 'request.json');
  return {
    name,
    meta,
    request: existsSync(request) ? readFileSync(request, 'utf8') : undefined,
    body: readFileSync(join(folder, meta.body_file)),
  };
}

function foldersIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}
