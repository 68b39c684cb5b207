"""What needs people, as Prometheus reads it: numbers over all elections, asked of the database, so that no function is
woken for them.

Each owner's schema has a function `figures()`, which the clock's role may call; it tells totals and no id.
"""

from collections.abc import Mapping

from shared import log, metrics
from shared.contracts.states import OWNERS
from shared.once import once

FIGURES = {
    "untaken_seconds": ("uvote_state_untaken_seconds", "Since when a function lacks the state that this one tells."),
    "dead_letters": ("uvote_dead_letters", "Events of the last 24 hours that could not be delivered."),
    "passes_of_nobody": ("uvote_passes_of_nobody", "Spent passes that fit nobody on a closed roll: a stuffed box."),
    "unsealed_boxes": ("uvote_unsealed_boxes", "Boxes not sealed five minutes after closing."),
    "failing_counts": ("uvote_failing_counts", "Counts that failed and are tried again."),
}
"""A figure's name in the database, its metric, and what it says."""
LONGEST = 10.0
"""Seconds the database has."""


async def ask(clock_url: str) -> dict[str, dict[str, float]]:
    """Figure → function → number; `clock_url` logs in as `uvote_clock`."""
    told: dict[str, dict[str, float]] = {figure: {} for figure in FIGURES}
    async with once(clock_url, timeout=LONGEST, command_timeout=LONGEST) as connection:
        for function in OWNERS.values():
            (row,) = await connection.fetch(f"select * from {function}.figures()")  # noqa: S608
            for figure, number in row.items():
                told[figure][function] = float(number)
    return told


def page(told: Mapping[str, Mapping[str, float]]) -> bytes:
    """The figures as text."""
    from prometheus_client.metrics_core import GaugeMetricFamily

    families = []
    for figure, (name, meaning) in FIGURES.items():
        family = GaugeMetricFamily(name, meaning, labels=["function"])
        for function, number in told[figure].items():
            family.add_metric([function], number)
        families.append(family)
    return metrics.written(families)


async def run(clock_url: str, port: int) -> None:
    """Serve until told to stop. Without the database a scrape fails, which an alert tells from all being well."""

    async def answer() -> bytes:
        try:
            return page(await ask(clock_url))
        except Exception as error:
            log.trouble("exporter", error)
            raise

    log.start("exporter")
    server = await metrics.serve(port, answer)
    async with server:
        await server.serve_forever()
