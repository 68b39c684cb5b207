"""What README.md says of settings, ports and commands is what the code does."""

import re
from dataclasses import fields
from pathlib import Path

from typer.main import get_command

from functions import FUNCTIONS
from knative import cli
from knative.local.platform import standard_ports
from shared.settings import Settings

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    text = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_the_settings_table_is_the_settings() -> None:
    declared = [[f.metadata["name"], str(f.default), f.metadata["meaning"]] for f in fields(Settings)]

    assert [[name, default, meaning.replace("`", "")] for name, default, meaning in declared] == [
        [name, default, meaning.replace("`", "")] for name, default, meaning in rows("Settings")
    ]


def test_the_functions_stand_at_the_ports_that_are_named() -> None:
    ports = standard_ports()

    assert [(row[0], int(row[1])) for row in rows("The six functions")] == [(name, ports[name]) for name in FUNCTIONS]


def test_every_command_is_described() -> None:
    cli.register()
    described = set(re.findall(r"^\| `uvote ([a-z ]+?)[`A-Z…]", README, re.MULTILINE))
    group = get_command(cli.app)
    commands = set()
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        commands |= {f"{name} {inner}" for inner in getattr(command, "commands", {})} or {name}

    assert {one.strip() for one in described} == commands
