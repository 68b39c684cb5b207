-- migrate:up
alter table ballot.exchange add column behind_since timestamptz;
comment on column ballot.exchange.behind_since is
  'When a change found all others knowing the state before it: since then somebody lacks the present one, if any does.';

-- What operators are told: numbers over all elections, no id. Their kinds are fixed by knative/exporter.py.
create function ballot.figures(out untaken_seconds double precision, out unsealed_boxes bigint)
language sql volatile security definer set search_path = ballot, pg_temp as $$
  select
    (select coalesce(max(extract(epoch from ballot.clock() - e.behind_since)), 0) from ballot.exchange e
      where least(coalesce((e.seen->>'election')::bigint, 0), coalesce((e.seen->>'roll')::bigint, 0),
                  coalesce((e.seen->>'count')::bigint, 0)) < e.version),
    (select count(*) from ballot.boxes b
      where b.sealed_at is null and b.ended is null and b.closes_at < ballot.clock() - interval '5 minutes')
$$;
revoke execute on function ballot.figures() from public;
grant execute on function ballot.figures() to uvote_clock;

-- migrate:down
drop function ballot.figures();
alter table ballot.exchange drop column behind_since;
