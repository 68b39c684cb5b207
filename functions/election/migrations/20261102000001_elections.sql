-- migrate:up
create schema election;
comment on schema election is 'Elections, their staff, and who did what. No voter and no paper.';

create function election.clock() returns timestamptz language sql volatile as 'select clock_timestamp()';

create table election.exchange (
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

create table election.elections (
  id uuid primary key,
  revision integer not null default 1,
  phase text not null default 'draft' check (phase in
    ('draft', 'scheduled', 'awaiting decision', 'counted', 'published', 'cancelled', 'annulled')),
  published boolean not null default false,
  draft jsonb not null,
  copied_from uuid,
  definition jsonb,
  digest text,
  opens_at timestamptz,
  closes_at timestamptz,
  close_now boolean not null default false,
  decisions jsonb not null default '[]',
  notices jsonb not null default '[]',
  created_at timestamptz not null default clock_timestamp(),
  check (phase = 'draft' or definition is not null or phase = 'cancelled')
);
comment on column election.elections.definition is 'Frozen when scheduled; its digest is sealed into every paper.';
comment on column election.elections.closes_at is 'As asked for; what is in force is the box''s.';

create table election.staff (
  election uuid not null references election.elections,
  staff uuid not null,
  email text not null,
  name text not null,
  role text not null check (role in ('observer', 'organiser', 'owner')),
  links boolean not null default false,
  primary key (election, staff)
);
create index on election.staff (staff);

create table election.activity (
  id bigint generated always as identity primary key,
  election uuid not null,
  at timestamptz not null default clock_timestamp(),
  who text not null,
  what text not null,
  details text not null default ''
);
create index on election.activity (election, id);

create table election.dead_letters (
  id bigint generated always as identity primary key,
  received_at timestamptz not null default clock_timestamp(),
  type text not null,
  subject text not null,
  destination text not null,
  code text not null,
  data jsonb not null
);
comment on table election.dead_letters is 'Events that could not be delivered, for people to look at; nothing acts on them.';

create function election.due() returns boolean
language sql volatile security definer set search_path = election, pg_temp as
  'select exists (select from election.exchange where least(look_at, work_at, next_send) <= election.clock())';

revoke execute on all functions in schema election from public;
grant usage on schema election to uvote_election, uvote_clock;
grant execute on function election.due() to uvote_clock;
grant execute on function election.clock() to uvote_election;
grant select, insert, update on election.exchange, election.elections, election.staff to uvote_election;
grant delete on election.staff to uvote_election;
grant select, insert on election.activity to uvote_election;
grant select, insert, delete on election.dead_letters to uvote_election;

-- migrate:down
drop schema election cascade;
