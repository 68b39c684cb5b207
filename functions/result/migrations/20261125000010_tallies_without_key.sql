-- migrate:up
-- A key over marks would have to fit into a third of a page: a ranking of two hundred options with long ids does not, and
-- its election could never be counted. Who keeps papers replaces all of an election's, holding its row in `counts`.
alter table result.tallies drop constraint tallies_pkey;
create index tallies_of_a_contest on result.tallies (election, contest);

-- migrate:down
drop index result.tallies_of_a_contest;
alter table result.tallies add primary key (election, contest, marks);
