/** Migrates, and owns the database and every table in it. Not a superuser. */
export const OWNER_ROLE = 'mana_owner';

/** Serves requests: owns nothing, bypasses nothing. */
export const APP_ROLE = 'mana_app';

/** Created by initdb. It creates the other two, and tests use it. */
export const SUPERUSER_ROLE = 'postgres';

/** The database that the two roles work in. */
export const DATABASE_NAME = 'mana';
