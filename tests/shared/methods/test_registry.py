"""The registry gives each method under its own name, and imports none that nobody asks for."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.methods import METHODS

FOLDER = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "methods"


@pytest.mark.parametrize("name", METHODS)
def test_a_method_stands_under_its_own_name(name: str) -> None:
    assert METHODS[name].name == name


def test_every_method_in_the_folder_is_in_the_registry() -> None:
    written = {
        line.partition('"')[2].partition('"')[0]
        for file in FOLDER.glob("*.py")
        for line in file.read_text().splitlines()
        if line.startswith('    name="')
    }
    assert written == set(METHODS)


def test_who_looks_one_up_imports_one() -> None:
    words = (
        "import sys; from shared.methods import METHODS; METHODS['irv']; print('shared.methods.schulze' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_name_that_is_none_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        METHODS["first-past-the-post"]
    assert "first-past-the-post" not in METHODS
