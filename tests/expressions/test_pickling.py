"""Losses go into pickles, checkpoints and other processes, after any use."""

from __future__ import annotations

import copy
import io
import multiprocessing
import pickle
import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import FormulaError, Loss, LossPair, zoo


def used(loss: Loss) -> Loss:
    loss.torch()
    loss.simplified()
    loss.numpy()
    hash(loss)
    return loss


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_known_losses_after_use(name, protocol):
    loss = zoo.entry(name).loss
    loss.torch()
    again = pickle.loads(pickle.dumps(loss, protocol))
    assert again == loss
    assert type(again) is type(loss)
    assert LossPair.of(again).torch()[0].loss == LossPair.of(loss).discriminator


@given(st.from_type(Loss))
def test_the_tree_comes_back_as_it_was(loss):
    """SymPy's own way back would evaluate it: p + p becomes 2*p."""
    assert pickle.loads(pickle.dumps(loss)).text() == loss.text()


def test_a_copy_is_the_loss_itself():
    assert copy.deepcopy({"loss": used(zoo.ganetic)})["loss"] is zoo.ganetic
    assert copy.copy(zoo.ganetic) == zoo.ganetic
    assert copy.deepcopy(zoo.hinge) == zoo.hinge


def test_into_another_process():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(str, [used(zoo.bce), zoo.hinge]) == [str(zoo.bce), str(zoo.hinge)]


def test_a_checkpoint_is_read_where_only_weights_and_losses_may_be(tmp_path):
    path = tmp_path / "kept.pt"
    torch.save({"loss": used(zoo.ganetic), "pair": zoo.hinge}, path)
    code = (
        "import sys, lossgp, torch\n"
        "with torch.serialization.safe_globals([lossgp.Loss, lossgp.LossPair]):\n"
        "    found = torch.load(sys.argv[1])\n"
        "print(found['loss'] == lossgp.zoo.ganetic, found['pair'] == lossgp.zoo.hinge)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]
    with pytest.raises(pickle.UnpicklingError, match=r"lossgp\.expressions\.loss\.Loss"):
        torch.load(path)


def test_what_is_no_loss_is_no_loss():
    state = io.BytesIO(pickle.dumps(zoo.bce).replace(b"y_real", b"y_fake"))
    with pytest.raises(FormulaError, match="y_fake"):
        pickle.load(state)
