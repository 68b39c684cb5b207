"""A file as lines, some thousands at a time, so that the memory it takes does not grow with the file."""

from collections.abc import Iterator
from typing import BinaryIO

from shared.files.election import FileError

BLOCK = 1 << 21
MARK = b"\xef\xbb\xbf"


class Lines:
    """Lines of a file without their ends (LF, CR LF or CR), each taken once; `number` is that of the last one taken."""

    def __init__(self, file: BinaryIO) -> None:
        self.number = 0
        self._file = file
        self._block: list[bytes] = []
        self._at = 0
        self._rest = b""
        self._over = False

    def __iter__(self) -> Iterator[bytes]:
        while self._at < len(self._block) or self._fill():
            self._at += 1
            self.number += 1
            yield self._block[self._at - 1]

    def block(self) -> list[bytes]:
        """All lines that are in memory, at least one; none at the end of the file."""
        if self._at == len(self._block):
            self._fill()
        taken, self._block, self._at = self._block[self._at :], [], 0
        self.number += len(taken)
        return taken

    def back(self, lines: list[bytes]) -> None:
        """Put back the last lines taken."""
        self._block, self._at = [*lines, *self._block[self._at :]], 0
        self.number -= len(lines)

    def _fill(self) -> bool:
        """The next lines, False at the end of the file."""
        self._block, self._at = [], 0
        while not self._block and not self._over:
            read = self._file.read(BLOCK)
            # A CR that ends the block may be half of a line's end.
            while read.endswith(b"\r") and (more := self._file.read(1)):
                read += more
            first = self.number == 0 and not self._rest
            whole = self._rest + (read.removeprefix(MARK) if first else read)
            if b"\r" in whole:
                whole = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            self._block = whole.split(b"\n")
            self._over = not read
            self._rest = b"" if self._over else self._block.pop()
        return bool(self._block)


def text(number: int, line: bytes) -> str:
    """A line as text; raises FileError."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise FileError(number, "this is not UTF-8.") from None
