-- migrate:up
-- Papers of many passes in one round trip and one commit. It takes what is plainly to be taken and names it; about the
-- others it says nothing: each of them is asked for by itself (cast_paper), which says why.
create function ballot.cast_papers(p_box uuid, p_passes bytea[], p_receipts text[], p_sealed bytea[])
returns setof bytea
language plpgsql security definer set search_path = ballot, pg_temp set plan_cache_mode = auto as $$
declare
  b record;
begin
  perform pg_advisory_xact_lock_shared(ballot.lock_key(p_box));
  select x.opens_at, x.closes_at, ballot.clock() as now into b
    from ballot.boxes x where x.election = p_box and x.sealed_at is null and x.ended is null;
  if not found or b.now < b.opens_at or b.now >= b.closes_at then
    return;
  end if;
  return query
    with given as (
      -- A pass that is given twice has one paper all the same: both rows would find it among the new ones below.
      select distinct on (g.pass) g.pass, g.receipt, g.sealed
        from unnest(p_passes, p_receipts, p_sealed) as g (pass, receipt, sealed) order by g.pass
    ), taken as (
      -- In the order of passes, else two statements with the same two passes could wait for each other.
      insert into ballot.spent as s (box, pass, receipt)
        select p_box, g.pass, g.receipt from given g order by g.pass on conflict do nothing returning s.pass
    ), stored as (
      insert into ballot.papers (box, sealed) select p_box, g.sealed from given g join taken t on t.pass = g.pass
    )
    select t.pass from taken t;
end $$;

revoke execute on function ballot.cast_papers(uuid, bytea[], text[], bytea[]) from public;
grant execute on function ballot.cast_papers(uuid, bytea[], text[], bytea[]) to uvote_ballot;

-- migrate:down
drop function ballot.cast_papers(uuid, bytea[], text[], bytea[]);
