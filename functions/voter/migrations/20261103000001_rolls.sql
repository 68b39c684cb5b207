-- migrate:up
create schema voter;
comment on schema voter is
  'Rolls. Links and passes are derived when wanted, never stored; who has voted is written once, after the seal.';

create function voter.clock() returns timestamptz language sql volatile as 'select clock_timestamp()';

create table voter.exchange (
  election uuid primary key,
  version bigint not null default 0,
  state jsonb,
  others jsonb not null default '{}',
  seen jsonb not null default '{}',
  pause interval not null default '2 seconds',
  next_send timestamptz,
  look_at timestamptz,
  work_at timestamptz,
  work_pause interval not null default '5 seconds'
);

create table voter.rolls (
  election uuid primary key,
  keys bytea not null,
  links_read bigint not null default 0,
  closed boolean not null default false,
  marked bigint,
  unknown bigint
);
comment on column voter.rolls.keys is 'Link key and pass key, sealed under the secret of `voter`; fixed from first use.';
-- The planner's samples (pg_statistic) would keep keys that were erased.
alter table voter.rolls alter keys set statistics 0;

create table voter.voters (
  id uuid primary key,
  election uuid not null references voter.rolls,
  email text not null,
  name text not null,
  external_id text,
  style text not null,
  issue bigint not null default 1,
  link_hash bytea not null,
  removed boolean not null default false,
  voted boolean,
  wish text check (wish in ('link', 'remove', 'style')),
  wished_style text
);
comment on column voter.voters.link_hash is 'To find the voter of a link; the link itself is nowhere.';
comment on column voter.voters.voted is 'Null until the roll is closed; then all in one transaction.';
comment on column voter.voters.wish is 'A change that waits for the box to void the old pass; no pass is given meanwhile.';
create unique index on voter.voters (election, email) where not removed;
create unique index on voter.voters (link_hash);
create index on voter.voters (election, name, id);
create index on voter.voters (election) where wish is not null;

create table voter.activity (
  id bigint generated always as identity primary key,
  election uuid not null,
  at timestamptz not null default clock_timestamp(),
  who text not null,
  what text not null,
  details text not null default ''
);

create function voter.due() returns boolean
language sql volatile security definer set search_path = voter, pg_temp as
  'select exists (select from voter.exchange where least(look_at, work_at, next_send) <= voter.clock())';

revoke execute on all functions in schema voter from public;
grant usage on schema voter to uvote_voter, uvote_clock;
grant execute on function voter.due() to uvote_clock;
grant execute on function voter.clock() to uvote_voter;
grant select, insert, update on voter.exchange, voter.rolls, voter.voters to uvote_voter;
grant select, insert on voter.activity to uvote_voter;

-- migrate:down
drop schema voter cascade;
