import { beforeEach, describe, expect, it } from 'vitest';
import { ComingAndGoing } from './coming-and-going.js';

describe('members that come and go', () => {
  let members: ComingAndGoing<string>;

  beforeEach(() => {
    members = new ComingAndGoing();
  });

  it('are told in the order in which they came', () => {
    for (const name of ['a', 'b', 'c']) members.add(name);
    expect([...members]).toEqual(['a', 'b', 'c']);
  });

  it('leave from any place', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => members.add(name));
    b?.();
    expect([...members]).toEqual(['a', 'c', 'd']);
    a?.();
    d?.();
    expect([...members]).toEqual(['c']);
    c?.();
    expect([...members]).toEqual([]);
    members.add('e');
    expect([...members]).toEqual(['e']);
  });

  it('leave once, whoever came since', () => {
    const leave = members.add('a');
    leave();
    members.add('b');
    leave();
    expect([...members]).toEqual(['b']);
  });

  it('are taken from the front, each of them once', () => {
    const [leaveA] = ['a', 'b', 'c'].map((name) => members.add(name));
    expect(members.first).toBe('a');
    expect(members.shift()).toBe('a');
    leaveA?.();
    expect([...members]).toEqual(['b', 'c']);
    expect(['b', 'c', undefined]).toEqual([members.shift(), members.shift(), members.shift()]);
    expect(members.first).toBeUndefined();
    members.add('d');
    expect(members.shift()).toBe('d');
  });

  it('are counted', () => {
    const leave = members.add('a');
    members.add('b');
    expect(members.size).toBe(2);
    leave();
    leave();
    expect(members.size).toBe(1);
    members.shift();
    members.shift();
    expect(members.size).toBe(0);
  });

  it('may be equal', () => {
    const leave = members.add('a');
    members.add('a');
    leave();
    expect([...members]).toEqual(['a']);
  });

  it('may leave while they are gone through', () => {
    const leaves = ['a', 'b', 'c'].map((name) => members.add(name));
    const seen: string[] = [];
    for (const member of members) {
      seen.push(member);
      for (const leave of leaves) leave();
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    expect([...members]).toEqual([]);
  });
});
