import type { Database } from '@mana/db/schema/database';
import { betterAuth } from 'better-auth';
import { bearer } from 'better-auth/plugins';
import type { Kysely } from 'kysely';
import type { Config } from '../config/config.ts';
import type { Log } from '../logging/log.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { PASSWORD_MAX_LENGTH } from '../passwords/password-policy.ts';
import { cookieEndpoints, OWN_COOKIES } from './cookie-endpoints.ts';
import { SESSION_TTL_SECONDS, SESSION_UPDATE_AGE_SECONDS } from './session-lifetime.ts';

interface AuthOptions {
  readonly db: Kysely<Database>;
  readonly config: Config;
  readonly secret: string;
  readonly passwordHasher: PasswordHasher;
  readonly log: Log;
}

/**
 * Better Auth on our pool and tables. It is called in process only: none of its routes is served. Its rate
 * limiter is off, because ours covers every way in; so is its cookie cache, because a cached session would
 * outlive its revocation.
 */
export function createAuth({ db, config, secret, passwordHasher, log }: AuthOptions) {
  return betterAuth({
    appName: 'mana',
    baseURL: config.baseUrl,
    basePath: '/api/auth',
    secret,
    trustedOrigins: [...config.trustedOrigins],
    database: { db: db.withSchema('auth'), type: 'postgres', transaction: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    // What it would report reaches us as an error, which is logged once, with its cause.
    logger: { log: (level, message) => log.debug({ library: 'better-auth', level }, message) },
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: true,
      autoSignIn: false,
      minPasswordLength: config.passwordMinLength,
      maxPasswordLength: PASSWORD_MAX_LENGTH,
      password: passwordHasher,
    },
    user: {
      modelName: 'users',
      fields: {
        emailVerified: 'email_verified',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    session: {
      modelName: 'sessions',
      expiresIn: SESSION_TTL_SECONDS,
      updateAge: SESSION_UPDATE_AGE_SECONDS,
      cookieCache: { enabled: false },
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
      },
    },
    account: {
      modelName: 'accounts',
      fields: {
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'user_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'verification',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    advanced: {
      cookiePrefix: 'mana',
      // No header of a call is believed to say where it comes from.
      ipAddress: { ipAddressHeaders: [] },
      // It would look once, and remember a column that was missing until the next start. The readiness
      // watch looks every two seconds, and named columns fail by themselves.
      database: { validateSchema: false },
      ...cookieOptions(config),
    },
    plugins: [bearer({ requireSignature: true }), cookieEndpoints()],
  });
}

/** Better Auth as `createAuth` sets it up. */
export type Auth = ReturnType<typeof createAuth>;

/**
 * `__Host-` binds a cookie to this host and to HTTPS. It rules out sharing among subdomains, for which
 * `__Secure-` is used. Plain HTTP, in development, allows neither.
 */
function cookieOptions(config: Config) {
  const isSecure = config.baseUrl.startsWith('https:');
  if (config.cookieDomain) {
    return {
      useSecureCookies: isSecure,
      crossSubDomainCookies: { enabled: true, domain: config.cookieDomain },
    };
  }
  const names = ['session_token', 'dont_remember', 'session_data', 'account_data', ...OWN_COOKIES];
  const hostCookies = names.map((name) => [
    name,
    { name: `__Host-mana.${name}`, attributes: { secure: true } },
  ]);
  return { useSecureCookies: false, cookies: isSecure ? Object.fromEntries(hostCookies) : {} };
}
