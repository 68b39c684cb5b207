-- migrate:up
alter table election.exchange add column behind_since timestamptz;
comment on column election.exchange.behind_since is
  'When a change found all others knowing the state before it: since then somebody lacks the present one, if any does.';

-- What operators are told: numbers over all elections, no id. Their kinds are fixed by knative/exporter.py.
create function election.figures(out untaken_seconds double precision, out dead_letters bigint)
language sql volatile security definer set search_path = election, pg_temp as $$
  select
    (select coalesce(max(extract(epoch from election.clock() - e.behind_since)), 0) from election.exchange e
      where least(coalesce((e.seen->>'roll')::bigint, 0), coalesce((e.seen->>'box')::bigint, 0),
                  coalesce((e.seen->>'count')::bigint, 0)) < e.version),
    (select count(*) from election.dead_letters d where d.received_at > election.clock() - interval '1 day')
$$;
revoke execute on function election.figures() from public;
grant execute on function election.figures() to uvote_clock;

-- migrate:down
drop function election.figures();
alter table election.exchange drop column behind_since;
