"""The notebooks run from top to bottom."""

from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[3] / "docs" / "notebooks"


@pytest.mark.parametrize("name", ["raters-to-report", "loss-in-pytorch"])
def test_a_notebook_runs(name, tmp_path):
    if "pytorch" in name:
        pytest.importorskip("torch", reason="PyTorch is not installed")
    pytest.importorskip("matplotlib", reason="Matplotlib is not installed")
    client = pytest.importorskip("nbclient", reason="nbclient is not installed")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    client.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()


def test_all_notebooks_are_tested():
    found = {file.stem for file in NOTEBOOKS.glob("*.ipynb")}
    assert found == {"raters-to-report", "loss-in-pytorch"}
