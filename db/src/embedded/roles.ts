/** Migrates, and owns the database and every table in it. No superuser. */
export const OWNER_ROLE = 'mana_owner';

/** Serves requests: owns nothing, bypasses nothing. */
export const APP_ROLE = 'mana_app';

/** Made by initdb; used to make the two others, and by tests. */
export const SUPERUSER_ROLE = 'postgres';

export const DATABASE_NAME = 'mana';
