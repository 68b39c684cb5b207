-- migrate:up
create schema result;
comment on schema result is
  'Counts. Papers are kept as (marks, how many) per contest: no order, no id, nothing to rejoin across contests.';

create function result.clock() returns timestamptz language sql volatile as 'select clock_timestamp()';

create table result.exchange (
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

create table result.keys (
  election uuid primary key,
  public_key text not null,
  private_key bytea,
  seed bytea not null,
  seed_commitment text not null,
  proof text not null
);
comment on column result.keys.private_key is 'Sealed under the secret of `result`; null once erased.';
-- The planner's samples (pg_statistic) would keep a key that was erased.
alter table result.keys alter private_key set statistics 0, alter seed set statistics 0;

create table result.pages (
  election uuid not null,
  number integer not null,
  next uuid,
  papers bigint not null,
  digests bytea not null,
  tally bytea not null,
  primary key (election, number)
);
comment on table result.pages is
  'Papers opened so far, while that is under way. A page is a run of random ids, and what its papers came to is sealed to '
  'the box key as they were: for nobody but `result` to read, and for nobody at all once the key is erased.';
comment on column result.pages.next is 'Where the next page begins; null in the last.';
comment on column result.pages.papers is 'How many up to the end of this page.';
comment on column result.pages.digests is 'SHA-256 of each sealed paper, in the order of their ids.';

create table result.tallies (
  election uuid not null,
  contest text not null,
  marks text[] not null,
  papers bigint not null,
  primary key (election, contest, marks)
);

create table result.counts (
  election uuid primary key,
  papers bigint,
  rejected jsonb not null default '{}',
  failure text,
  decisions jsonb,
  state jsonb,
  counted jsonb,
  record jsonb
);
comment on column result.counts.papers is 'Null until all are opened and are those that the box sealed.';
comment on column result.counts.failure is 'Why they are not yet; it is tried again.';
comment on column result.counts.rejected is 'Contest, and how many papers of its styles do not fit it.';
comment on column result.counts.counted is 'Each contest with its count, made with these decisions; anew when one comes.';

-- Erase private keys: the rows are read, the file is given back by TRUNCATE, and they are written anew without them.
create function result.erase_key(p_election uuid) returns void
language plpgsql security definer set search_path = result, pg_temp set lock_timeout = '2s' as $$
declare
  kept result.keys[];
begin
  lock table result.keys in access exclusive mode;
  update result.keys set private_key = null where election = p_election;
  select array_agg(k order by k.election) into kept from result.keys k;
  truncate result.keys;
  insert into result.keys select * from unnest(kept);
end $$;

create function result.due() returns boolean
language sql volatile security definer set search_path = result, pg_temp as
  'select exists (select from result.exchange where least(look_at, work_at, next_send) <= result.clock())';

revoke execute on all functions in schema result from public;
grant usage on schema result to uvote_result, uvote_clock;
grant execute on function result.due() to uvote_clock;
grant execute on function result.clock(), result.erase_key(uuid) to uvote_result;
grant select, insert, update on result.exchange, result.counts, result.keys to uvote_result;
grant select, insert, delete on result.pages, result.tallies to uvote_result;

-- migrate:down
drop schema result cascade;
