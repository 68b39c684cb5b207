-- migrate:up
create schema ballot;
comment on schema ballot is
  'Boxes. Nothing here says who voted or when: no time, no serial number, nothing shared by spent and papers but the box.';

-- The only clock that decides; tests replace it.
create function ballot.clock() returns timestamptz language sql volatile as 'select clock_timestamp()';

create table ballot.exchange (
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

create table ballot.boxes (
  election uuid primary key,
  definition jsonb not null,
  digest text not null,
  block integer not null,
  opens_at timestamptz not null,
  closes_at timestamptz not null,
  refused_closes_at timestamptz,
  ended text check (ended in ('cancelled', 'annulled')),
  sealed_at timestamptz,
  papers bigint,
  papers_digest text,
  receipts_digest text,
  cleared boolean not null default false
);
comment on column ballot.boxes.block is 'Bytes every paper of this box is padded to, so that no length tells a choice.';

create table ballot.spent (
  box uuid not null,
  pass bytea not null check (octet_length(pass) = 16),
  receipt text,
  primary key (box, pass),
  unique (box, receipt)
) partition by list (box);
comment on table ballot.spent is 'Passes that put a paper in (with its receipt), or can no more (void: no receipt).';

create table ballot.papers (
  box uuid not null,
  id uuid not null default gen_random_uuid(),
  sealed bytea not null,
  primary key (box, id)
) partition by list (box);
comment on table ballot.papers is 'Sealed papers under random ids; emptied when the count has them.';

-- The planner's samples (pg_statistic) would keep passes and sealed papers after the box forgot them.
alter table ballot.spent alter pass set statistics 0, alter receipt set statistics 0;
alter table ballot.papers alter id set statistics 0, alter sealed set statistics 0;

-- A box's own partitions, made beside and then attached: no lock on the other boxes.
create function ballot.create_box(p_box uuid) returns void
language plpgsql security definer set search_path = ballot, pg_temp as $$
declare
  suffix text := replace(p_box::text, '-', '');
begin
  if to_regclass('ballot.papers_' || suffix) is not null then
    return;
  end if;
  execute format('create table ballot.spent_%s (like ballot.spent including all, check (box = %L))', suffix, p_box);
  execute format('create table ballot.papers_%s (like ballot.papers including all, check (box = %L))', suffix, p_box);
  -- LIKE leaves that behind.
  execute format('alter table ballot.spent_%s alter pass set statistics 0, alter receipt set statistics 0', suffix);
  execute format('alter table ballot.papers_%s alter id set statistics 0, alter sealed set statistics 0', suffix);
  execute format('alter table ballot.spent attach partition ballot.spent_%s for values in (%L)', suffix, p_box);
  execute format('alter table ballot.papers attach partition ballot.papers_%s for values in (%L)', suffix, p_box);
end $$;

create function ballot.lock_key(p_box uuid) returns bigint
language sql immutable as 'select hashtextextended(p_box::text, 0)';

-- One paper for one pass, in one round trip. Casts share the box's lock; seal, extend and void take it alone, and its
-- queue is fair, so a seal gets through however many cast.
create function ballot.cast_paper(p_box uuid, p_pass bytea, p_receipt text, p_sealed bytea,
                                  out verdict text, out receipt text)
language plpgsql security definer set search_path = ballot, pg_temp set plan_cache_mode = auto as $$
declare
  b record;
  known integer;
begin
  perform pg_advisory_xact_lock_shared(ballot.lock_key(p_box));
  select x.opens_at, x.closes_at, x.sealed_at, x.ended, ballot.clock() as now into b
    from ballot.boxes x where x.election = p_box;
  verdict := case
    when not found then 'no_such_box'
    when b.ended is not null then b.ended
    when b.sealed_at is not null or b.now >= b.closes_at then 'closed'
    when b.now < b.opens_at then 'too_early'
  end;
  if verdict is null then
    -- No target: of two requests with one pass and one nonce, either unique index may be the first to tell.
    insert into ballot.spent (box, pass, receipt) values (p_box, p_pass, p_receipt) on conflict do nothing;
    if found then
      insert into ballot.papers (box, sealed) values (p_box, p_sealed);
      verdict := 'cast';
      receipt := p_receipt;
      return;
    end if;
  end if;
  -- Spent or void is told before anything about time. This new statement sees what the request that was first committed;
  -- it is planned each time, see below.
  execute 'select receipt from ballot.spent where box = $1 and pass = $2' into receipt using p_box, p_pass;
  get diagnostics known = row_count;
  if known > 0 then
    verdict := case when receipt is null then 'pass_void' when receipt = p_receipt then 'cast' else 'already_voted' end;
  elsif verdict is null then
    verdict := 'receipt_taken';
  end if;
end $$;

create function ballot.void_pass(p_box uuid, p_pass bytea) returns text
language plpgsql security definer set search_path = ballot, pg_temp as $$
declare
  spent record;
begin
  perform pg_advisory_xact_lock(ballot.lock_key(p_box));
  select s.receipt into spent from ballot.spent s where s.box = p_box and s.pass = p_pass;
  if found then
    return case when spent.receipt is null then 'void' else 'already_voted' end;
  end if;
  if not exists (select from ballot.boxes b where b.election = p_box and b.sealed_at is null and b.ended is null) then
    return 'closed';
  end if;
  insert into ballot.spent (box, pass) values (p_box, p_pass);
  return 'void';
end $$;

-- A digest of digests: the papers of a large box would not fit into one value (1 GB), and `result` adds it up by pages.
create function ballot.seal_box(p_box uuid) returns void
language plpgsql security definer set search_path = ballot, pg_temp as $$
declare
  moment timestamptz;
begin
  perform pg_advisory_xact_lock(ballot.lock_key(p_box));
  moment := ballot.clock();
  update ballot.boxes b set
    sealed_at = moment,
    closes_at = least(b.closes_at, moment),
    papers = (select count(*) from ballot.papers p where p.box = p_box),
    papers_digest = (
      select encode(sha256(coalesce(string_agg(sha256(p.sealed), ''::bytea order by p.id), ''::bytea)), 'hex')
      from ballot.papers p where p.box = p_box),
    receipts_digest = (
      select encode(sha256(convert_to(coalesce(string_agg(s.receipt, e'\n' order by s.receipt collate "C"), ''),
                                      'UTF8')), 'hex')
      from ballot.spent s where s.box = p_box)
  where b.election = p_box and b.sealed_at is null;
end $$;

-- Forget: TRUNCATE gives the file back (DELETE would leave the bytes in it), and the spent passes are written anew in
-- the order of their receipts by one transaction, so that neither place nor row version tells an order of voting.
create function ballot.forget_box(p_box uuid) returns void
language plpgsql security definer set search_path = ballot, pg_temp set lock_timeout = '2s' as $$
declare
  suffix text := replace(p_box::text, '-', '');
  passes bytea[];
  receipts text[];
begin
  if to_regclass('ballot.papers_' || suffix) is not null then
    execute format('truncate ballot.papers_%s', suffix);
    execute format('lock table ballot.spent_%s in access exclusive mode', suffix);
    execute format('select array_agg(pass order by receipt, pass), array_agg(receipt order by receipt, pass)
                    from ballot.spent_%s', suffix) into passes, receipts;
    execute format('truncate ballot.spent_%s', suffix);
    insert into ballot.spent (box, pass, receipt)
      select p_box, one.pass, one.receipt from unnest(passes, receipts) with ordinality as one (pass, receipt, place)
      order by one.place;
  end if;
  update ballot.boxes set cleared = true where election = p_box;
end $$;

create function ballot.due() returns boolean
language sql volatile security definer set search_path = ballot, pg_temp as
  'select exists (select from ballot.exchange where least(look_at, work_at, next_send) <= ballot.clock())';

-- A plan that is kept for any box locks the partitions of every box, and so waits for one that is being emptied behind
-- a dump. Reads of spent and papers are planned for their box; INSERT locks the one partition it goes to anyway, so the
-- cast keeps its plans (a third of its time).
alter role uvote_ballot set plan_cache_mode = force_custom_plan;

revoke execute on all functions in schema ballot from public;
grant usage on schema ballot to uvote_ballot, uvote_clock;
grant execute on function ballot.due() to uvote_clock;
grant execute on function ballot.clock(), ballot.lock_key(uuid), ballot.create_box(uuid), ballot.void_pass(uuid, bytea),
  ballot.cast_paper(uuid, bytea, text, bytea), ballot.seal_box(uuid), ballot.forget_box(uuid) to uvote_ballot;
grant select, insert, update on ballot.exchange, ballot.boxes to uvote_ballot;
grant select on ballot.spent, ballot.papers to uvote_ballot;

-- migrate:down
alter role uvote_ballot reset plan_cache_mode;
drop schema ballot cascade;
