import { Line } from '../../src/common/line.js';

/** The two ends of one line, within this process; what goes over it is copied as between processes. */
export function joinLines(
  onError: (error: unknown) => void = (error) => {
    throw error;
  },
): [Line, Line] {
  const copy = (message: object): unknown => JSON.parse(JSON.stringify(message));
  const one: Line = new Line((message) => {
    other.receive(copy(message));
  }, onError);
  const other: Line = new Line((message) => {
    one.receive(copy(message));
  }, onError);
  return [one, other];
}
