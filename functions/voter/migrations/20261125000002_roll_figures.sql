-- migrate:up
alter table voter.exchange add column behind_since timestamptz;
comment on column voter.exchange.behind_since is
  'When a change found all others knowing the state before it: since then somebody lacks the present one, if any does.';

-- What operators are told: numbers over all elections, no id. Their kinds are fixed by knative/exporter.py.
create function voter.figures(out untaken_seconds double precision, out passes_of_nobody bigint)
language sql volatile security definer set search_path = voter, pg_temp as $$
  select
    (select coalesce(max(extract(epoch from voter.clock() - e.behind_since)), 0) from voter.exchange e
      where least(coalesce((e.seen->>'election')::bigint, 0), coalesce((e.seen->>'box')::bigint, 0),
                  coalesce((e.seen->>'count')::bigint, 0)) < e.version),
    (select coalesce(sum(r.unknown), 0)::bigint from voter.rolls r)
$$;
revoke execute on function voter.figures() from public;
grant execute on function voter.figures() to uvote_clock;

-- migrate:down
drop function voter.figures();
alter table voter.exchange drop column behind_since;
