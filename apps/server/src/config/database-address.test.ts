import { afterEach, describe, expect, it, vi } from 'vitest';
import { findAddressProblem, parseDatabaseUrl } from './database-address.ts';

describe('the address of a database', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['postgres://app:x@db/mana', 'app@db:5432/mana'],
    ['postgresql://app@db:6432/mana?sslmode=disable', 'app@db:6432/mana'],
    ['postgres://db/mana?user=app&password=x', 'app@db:5432/mana'],
    ['postgres://other@db/mana?user=app', 'app@db:5432/mana'],
    ['postgres://app@ignored/mana?host=/run/postgresql', 'app@/run/postgresql:5432/mana'],
    ['postgres:///mana?host=/run/postgresql&user=app&port=6432', 'app@/run/postgresql:6432/mana'],
    ['postgres://app@%2Frun%2Fpostgresql/mana', 'app@/run/postgresql:5432/mana'],
    ['postgres://a%40b@[::1]:5433/mana', 'a@b@::1:5433/mana'],
    ['postgres://app@db', 'app@db:5432/app'],
  ])('%s is read as the driver reads it', (url, expected) => {
    const { user, host, port, database } = parseDatabaseUrl(url);
    expect(`${user}@${host}:${port}/${database}`).toBe(expected);
    expect(findAddressProblem(url)).toBeUndefined();
  });

  it('takes what it lacks from PG* variables, as the driver does', () => {
    vi.stubEnv('PGUSER', 'from_environment');
    expect(parseDatabaseUrl('postgres://db/mana').user).toBe('from_environment');
  });

  it.each([
    ['postgres://app@a,b/mana', /one host/],
    ['postgres://app@db/mana?host=a,b', /one host/],
    ['postgres://app@db/?dbname=mana', /dbname/],
    ['postgres://app@db/mana?hostaddr=10.0.0.1', /hostaddr/],
    ['postgres://app@db/mana?target_session_attrs=read-write', /target_session_attrs/],
    ['postgres://app@db/mana?service=production', /service/],
    ['postgres://app@db/mana?port=many', /port/],
    ['postgres://app@db/mana?sslrootcert=/nowhere/at/all.pem', /driver/],
    ['postgres://app@db/mana?sslnegotiation=maybe', /driver/],
  ])('%s is refused at start in one sentence', (url, problem) => {
    expect(findAddressProblem(url)).toMatch(problem);
  });
});
