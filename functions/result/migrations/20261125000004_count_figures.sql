-- migrate:up
alter table result.exchange add column behind_since timestamptz;
comment on column result.exchange.behind_since is
  'When a change found all others knowing the state before it: since then somebody lacks the present one, if any does.';

-- What operators are told: numbers over all elections, no id. Their kinds are fixed by knative/exporter.py.
create function result.figures(out untaken_seconds double precision, out failing_counts bigint)
language sql volatile security definer set search_path = result, pg_temp as $$
  select
    (select coalesce(max(extract(epoch from result.clock() - e.behind_since)), 0) from result.exchange e
      where least(coalesce((e.seen->>'election')::bigint, 0), coalesce((e.seen->>'roll')::bigint, 0),
                  coalesce((e.seen->>'box')::bigint, 0)) < e.version),
    (select count(*) from result.counts c where c.failure is not null)
$$;
revoke execute on function result.figures() from public;
grant execute on function result.figures() to uvote_clock;

-- migrate:down
drop function result.figures();
alter table result.exchange drop column behind_since;
