"""The cells in README.md run."""

from tests.docs.readme import blocks, read_readme
from tests.notebook.kernel import Notebook


def test_the_cells_of_the_readme_run(cells: Notebook) -> None:
    (block,) = blocks(read_readme(), "ipython")
    *first, last = block.text.strip().split("\n\n")
    for cell in first:
        assert cells.run(cell).success
    assert cells.value(last) == ["buyer_001", "buyer_002"]
