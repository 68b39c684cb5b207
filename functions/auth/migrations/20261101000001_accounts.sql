-- migrate:up
create schema auth;
comment on schema auth is 'Accounts of the staff. Passwords as bcrypt hashes, every other secret as SHA-256.';

create table auth.accounts (
  id uuid primary key default gen_random_uuid(),
  email text not null unique,
  name text not null,
  password text,
  administrator boolean not null default false,
  disabled boolean not null default false,
  made_at timestamptz not null default clock_timestamp()
);

create table auth.refreshes (
  hash bytea primary key,
  family uuid not null,
  account uuid not null references auth.accounts,
  salt bytea not null,
  family_until timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
comment on column auth.refreshes.salt is
  'The successor is derived from the presented token and this: whoever presents it twice gets the same one.';
create index on auth.refreshes (family);
create index on auth.refreshes (account);

create table auth.links (
  hash bytea primary key,
  account uuid not null unique references auth.accounts,
  expires_at timestamptz not null
);
comment on table auth.links is 'One-time links to set a password; a new one takes the place of the old.';

create table auth.failures (
  key bytea primary key,
  failures integer not null,
  next_try timestamptz not null,
  forget_at timestamptz not null
);
comment on table auth.failures is 'Failed log-ins per address typed and client, both hashed.';

create table auth.activity (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  account uuid not null,
  who text not null,
  what text not null
);

grant usage on schema auth to uvote_auth;
grant select, insert, update on auth.accounts, auth.refreshes, auth.links, auth.failures to uvote_auth;
grant delete on auth.refreshes, auth.links, auth.failures to uvote_auth;
grant select, insert on auth.activity to uvote_auth;

-- migrate:down
drop schema auth cascade;
