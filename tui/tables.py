"""A table of rows that keep their place: cursor and scrolling survive every refresh.

Cells are plain text, never markup, because names come from outside; Persian names have a column of
their own, so that the text order of one cell never touches another.
"""

from rich.text import Text
from textual.widgets import DataTable

from tui.province_rows import Column, Row


class RowTable(DataTable[Text]):
    """A DataTable that is filled with `Row`s again and again.

    Its own keys are row numbers: two rows of one key, which only a broken answer holds, do no harm.
    """

    def __init__(self, columns: tuple[Column, ...], name: str) -> None:
        super().__init__(id=name, cursor_type="row", cell_padding=0, zebra_stripes=False)
        self._asked = self._heads = columns
        self._shown: list[Row] = []

    def on_mount(self) -> None:
        """Make the columns."""
        self._add_columns()

    def on_resize(self) -> None:
        """A wide window gives its room to the columns that grow."""
        wide = _widened(self._asked, self.scrollable_content_region.width)
        if wide == self._heads:
            return
        self._heads = wide
        rows, cursor, self._shown = self._shown, self.cursor_row, []
        self.clear(columns=True)
        self._add_columns()
        self.show(rows)
        self.move_cursor(row=cursor)

    def _add_columns(self) -> None:
        for number, column in enumerate(self._heads):
            head = _cell(column.head, column)
            self.add_column(head, width=column.width, key=str(number))

    @property
    def cursor_key(self) -> str:
        """The key of the row under the cursor, empty without rows."""
        return self._shown[self.cursor_row].key if self.cursor_row < len(self._shown) else ""

    def show(self, rows: list[Row]) -> None:
        """Bring the table to `rows`, changing no more than has changed."""
        if [row.key for row in rows] == [row.key for row in self._shown]:
            self._update(rows)
            return
        cursor = self.cursor_key
        self.clear()
        self._shown = rows
        for at, row in enumerate(rows):
            cells = zip(row.cells, self._heads, strict=True)
            self.add_row(*(_cell(text, column) for text, column in cells), key=str(at))
        at = next((i for i, row in enumerate(rows) if row.key == cursor), 0)
        self.move_cursor(row=at)

    def _update(self, rows: list[Row]) -> None:
        for at, (old, new) in enumerate(zip(self._shown, rows, strict=True)):
            for number, column in enumerate(self._heads):
                if old.cells[number] != new.cells[number]:
                    self.update_cell(str(at), str(number), _cell(new.cells[number], column))
        self._shown = rows


def _widened(columns: tuple[Column, ...], cells: int) -> tuple[Column, ...]:
    """The columns with what is left of `cells` shared among those that grow."""
    growing = sum(column.grows for column in columns)
    left = cells - sum(column.width for column in columns)
    if not growing or left <= 0:
        return columns
    more = left // growing
    return tuple(c._replace(width=c.width + more) if c.grows else c for c in columns)


def _cell(text: str, column: Column) -> Text:
    cell = Text(text, no_wrap=True)
    cell.truncate(column.width - (0 if column.right else 1), overflow="ellipsis")
    if column.right:
        cell.pad_left(column.width - cell.cell_len)
    return cell
