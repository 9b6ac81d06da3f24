import type { ConfigDocument } from './config-document.js';
import type { ConfigPath } from './config-path.js';
import { keysOf, type ConfigClass, type KeyInfo, type SectionInfo } from './key-info.js';
import { suggestion } from './nearest-name.js';

/**
 * Makes the instance of a configuration class that class-validator then checks. Shapes and unknown keys are checked
 * here, because class-validator takes a list where a mapping belongs, and cannot say where in a list it stumbled. What
 * is mis-shaped is reported and left out. A key with nothing after it counts as absent.
 */
export function toInstance<T extends object>(
  type: ConfigClass<T>,
  values: unknown,
  path: ConfigPath,
  document: ConfigDocument,
): T {
  const instance = new type();
  if (!isMapping(values)) {
    document.report(path, 'a mapping');
    return instance;
  }
  const keys = keysOf(type);
  for (const [name, value] of Object.entries(values)) {
    const info = keys.get(name);
    const place = [...path, name];
    if (info === undefined) {
      const known = [...keys.keys()];
      const hint = suggestion(name, known);
      document.report(
        place,
        hint === '' ? `one of ${known.join(', ')}` : `a known key${hint}`,
        'an unknown key',
      );
    } else if (value !== null && value !== undefined) {
      Object.assign(instance, { [name]: toMember(info, value, place, document) });
    }
  }
  return instance;
}

function toMember(info: KeyInfo, value: unknown, path: ConfigPath, document: ConfigDocument): unknown {
  return info.section === undefined
    ? toScalar(info, value, path, document)
    : toSection(info.section, value, path, document);
}

function toSection(
  section: SectionInfo,
  value: unknown,
  path: ConfigPath,
  document: ConfigDocument,
): unknown {
  switch (section.shape) {
    case 'one':
      return toInstance(section.type, value, path, document);
    case 'list':
      if (!Array.isArray(value)) {
        document.report(path, 'a list');
        return undefined;
      }
      return value.map((entry: unknown, index) => toEntry(section, entry, [...path, index], document));
    case 'by-name':
      if (!isMapping(value)) {
        document.report(path, 'a mapping');
        return undefined;
      }
      return new Map(
        Object.entries(value).map(([name, entry]) => [
          name,
          toInstance(section.type, entry, [...path, name], document),
        ]),
      );
  }
}

function toEntry(section: SectionInfo, entry: unknown, path: ConfigPath, document: ConfigDocument): object {
  if (section.shorthand !== undefined && typeof entry === 'string') {
    document.markShorthand(path);
    return toInstance(section.type, { [section.shorthand]: entry }, path, document);
  }
  return toInstance(section.type, entry, path, document);
}

function toScalar(info: KeyInfo, value: unknown, path: ConfigPath, document: ConfigDocument): unknown {
  if (typeof value !== 'string' || document.interpolationAt(path)?.whole !== true) {
    return value;
  }
  if (info.scalar === 'number' && /^-?\d+(\.\d+)?$/.test(value)) {
    return Number(value);
  }
  if (info.scalar === 'boolean' && (value === 'true' || value === 'false')) {
    return value === 'true';
  }
  return value;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
