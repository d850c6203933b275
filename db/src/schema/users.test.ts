import { expect, it } from 'vitest';
import { expectedCatalog } from '../catalog/expected-catalog.ts';
import { ACCESS_TIERS, USER_KINDS, USER_ROLES } from './users.ts';

it('lists the labels of the enums as the database has them', () => {
  expect(expectedCatalog.enums).toMatchObject({
    'auth.user_role': USER_ROLES,
    'auth.access_tier': ACCESS_TIERS,
    'auth.user_kind': USER_KINDS,
  });
});
