from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from lossgp.expressions import Loss, LossPair, zoo

P, Y = torch.tensor([[0.2], [0.9]]), torch.tensor([[1.0], [0.0]])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_reductions(reduction):
    each = zoo.ganetic.tensor_function(P, Y)
    wanted = {"mean": each.mean(), "sum": each.sum(), "none": each}[reduction]
    assert torch.equal(zoo.ganetic.torch(reduction=reduction)(P, Y), wanted)


def test_logits_go_through_the_link():
    scores = torch.tensor([-2.0, 0.5, 3.0])
    labels = torch.tensor([1.0, 0.0, 1.0])
    on_scores = zoo.ganetic.torch(from_logits=True)(scores, labels)
    assert torch.equal(on_scores, zoo.ganetic.torch()(scores.sigmoid(), labels))
    raw = zoo.least_squares.torch(from_logits=True)(scores, labels)
    assert torch.equal(raw, zoo.least_squares.torch()(scores, labels))


def test_it_prints_its_formula():
    assert repr(zoo.ganetic.torch(reduction="sum")) == (
        "Criterion(y_pred**3 + sqrt(3.985 * y_real / y_pred), reduction='sum', from_logits=False)"
    )


def test_clear_messages():
    with pytest.raises(ValueError, match="reduction is 'max'; it must be one of"):
        zoo.bce.torch(reduction="max")
    with pytest.raises(ValueError, match=r"y_pred has shape \(2, 1\) and y_real \(2,\)"):
        zoo.bce.torch()(P, Y[:, 0])
    with pytest.raises(ValueError, match=r"torch.int64; it must be floating point"):
        zoo.bce.torch()(Y.long(), Y.long())


@pytest.mark.parametrize("name", ["ganetic", "bce_logits"])
def test_pickling_and_copying(name):
    module = torch.nn.Sequential(torch.nn.Linear(1, 1))
    module.criterion = zoo.entry(name).loss.torch(reduction="none", from_logits=True)
    module.eval()
    for twin in (pickle.loads(pickle.dumps(module)), copy.deepcopy(module)):
        assert torch.equal(twin.criterion(P, Y), module.criterion(P, Y))
        assert twin.criterion.loss == module.criterion.loss
        assert not twin.criterion.training
    file = io.BytesIO()
    torch.save(module.state_dict(), file)


def test_a_pickle_opens_in_a_new_process_with_the_public_class(tmp_path):
    path = tmp_path / "criterion.pickle"
    path.write_bytes(pickle.dumps(zoo.ganetic.torch()))
    code = (
        "import pathlib, pickle, sys\n"
        "loss = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes()).loss\n"
        "import lossgp\n"
        "print(type(loss) is lossgp.Loss, loss == lossgp.zoo.ganetic)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=True
    )
    assert out.stdout.split() == ["True", "True"]


def test_a_module_that_was_pickled_before_ranges_were_checked():
    module, state = zoo.ganetic.torch(), zoo.ganetic.torch().__getstate__()
    module.__setstate__({k: v for k, v in state.items() if k not in ("check_range", "_checked")})
    with pytest.raises(ValueError, match="y_pred holds 2"):
        module(torch.tensor([2.0]), 0)


def test_labels_of_any_type():
    for labels in (Y.bool(), Y.long(), Y.double()):
        assert torch.equal(zoo.bce.torch()(P, labels), zoo.bce.torch()(P, Y))


def test_one_number_is_the_label_of_all():
    module = zoo.bce.torch(reduction="none")
    for one in (1, 1.0, True, np.float32(1), torch.tensor(1)):
        assert torch.equal(module(P, one), module(P, torch.ones_like(P)))
    assert torch.equal(module(P, 0.9), module(P, torch.full_like(P, 0.9)))


@pytest.mark.parametrize(
    ("p", "y", "message"),
    [
        (P, "real", "y_real must be a tensor or a number, not str"),
        (P, [[1.0], [0.0]], "y_real must be a tensor or a number, not list"),
        (0.5, Y, "y_pred must be a tensor, not float"),
    ],
)
def test_what_is_neither_a_tensor_nor_a_number(p, y, message):
    with pytest.raises(TypeError, match=message):
        zoo.bce.torch()(p, y)


@pytest.mark.parametrize("outside", [-3.0, 1.5, -1e-5, float("inf")])
def test_raw_scores_are_refused_by_a_loss_of_probabilities(outside):
    p = torch.tensor([0.5, outside])
    message = rf"y_pred holds {outside:.6g}, and this loss is of probabilities.*from_logits=True"
    for name in ("ganetic", "bce"):
        with pytest.raises(ValueError, match=message):
            zoo.entry(name).loss.torch()(p, 0)
    wanted = zoo.ganetic.tensor_function(p, torch.zeros(2))
    assert torch.equal(zoo.ganetic.torch(reduction="none", check_range=False)(p, 0), wanted)
    for fine in (zoo.ganetic.torch(from_logits=True), zoo.bce_logits.torch()):
        fine(p, 0)


def test_ends_and_what_is_no_number_pass():
    zoo.ganetic.torch()(torch.tensor([0.0, 1.0, 1.0000002, -1e-7]), 0)  # rounding
    p = torch.tensor([0.5, float("nan")])
    assert torch.isnan(zoo.ganetic.torch()(p, 0))
    assert torch.isnan(zoo.ganetic.torch()(torch.empty(0), 0))


@pytest.mark.filterwarnings("ignore")
def test_what_is_traced_or_mapped_is_not_looked_at():
    scores, module = torch.tensor([-3.0, 3.0]), zoo.ganetic.torch(reduction="none")
    wanted = zoo.ganetic.tensor_function(scores, torch.zeros(2))
    labels = torch.zeros(2)
    assert torch.equal(torch.jit.trace(module, (scores / 10 + 0.5, labels))(scores, labels), wanted)
    assert torch.equal(torch.func.vmap(module)(scores, labels), wanted)
    assert torch.equal(torch.compile(module, backend="eager", fullgraph=True)(scores, 0), wanted)
    assert module(scores.to("meta"), 0).shape == (2,)


def test_the_functions_of_the_trainers_read_no_value():
    """On a GPU, reading one would make every step wait for the device."""

    class Reads(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            assert func is not torch.ops.aten._local_scalar_dense.default
            return func(*args, **(kwargs or {}))

    scores = torch.tensor([-3.0, 0.5, 3.0], requires_grad=True)
    for name in zoo.names():
        pair = LossPair.of(zoo.entry(name).loss)
        with Reads():
            for function in pair.criterion_functions():
                function(scores, torch.ones(3)).mean().backward()
    with pytest.raises(AssertionError), Reads():
        zoo.ganetic.torch()(scores.detach().sigmoid(), 0)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_the_first_call_is_looked_at_and_a_capture_never():
    scores, module = torch.tensor([-3.0, 3.0], device="cuda"), zoo.ganetic.torch()
    with pytest.raises(ValueError, match="y_pred holds -3"):
        module(scores, 0)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        module(scores, 0)
    module(scores.sigmoid(), 0)
    module(scores, 0)


def test_float64_is_computed_in_float64():
    loss = Loss.parse("exp(100*p) + y")
    assert loss.torch()(torch.ones(1, dtype=torch.float64), torch.ones(1)) > 1e43
    assert torch.isfinite(loss.torch()(torch.ones(1), torch.ones(1)))
