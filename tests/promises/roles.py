"""What a login role may not do: questions about everything there is, and statements that are tried."""

import asyncpg

from shared.database import Connection

ROLES = ("auth", "voter", "election", "ballot", "result", "clock")

EVERY_TABLE = """
    select n.nspname, n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v') and n.nspname in ('public', 'auth', 'election', 'voter', 'ballot', 'result')
"""
EVERY_FUNCTION = """
    select n.nspname, format('select %s.%s(%s)', n.nspname, p.proname, coalesce((
        select string_agg('null::' || format_type(kind, null), ', ') from unnest(p.proargtypes) as kind), ''))
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('auth', 'election', 'voter', 'ballot', 'result') and p.prorettype <> 'trigger'::regtype
"""

NOT_EVEN_TO_ONES_OWN = (
    "truncate {}",
    "drop table {}",
    "alter table {} add column mine text",
    "create trigger mine before insert on {} for each row execute function suppress_redundant_updates_trigger()",
)
TO_A_TABLE = (
    "select * from {}",
    "select count(*) from {}",
    "insert into {} default values",
    "delete from {}",
    "lock table {} in access share mode",
    *NOT_EVEN_TO_ONES_OWN,
)
NEVER = (
    "create schema mine",
    "create table mine ()",
    "create table public.mine ()",
    "create temporary table mine ()",
    "create function mine() returns int language sql as 'select 1'",
    "create role mine",
    "alter role current_user superuser",
    "alter role postgres set search_path = public",
    "set role postgres",
    "set session authorization postgres",
    "set session_replication_role = replica",
    "select * from pg_authid",
    "select * from pg_shadow",
    "select * from pg_statistic",
    "select pg_read_file('postgresql.conf')",
    "select pg_ls_dir('.')",
    "select lo_import('/etc/hostname')",
    "copy (select 1) to '/tmp/uvote-mine'",
    "copy (select 1) to program 'true'",
)


async def refused(connection: Connection, statement: str) -> bool:
    """Whether PostgreSQL says that this role may not. Nothing that it may is kept."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return True
    except asyncpg.PostgresError:
        return False
    finally:
        await transaction.rollback()
    return False
