from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from lossgp.trainers import (
    DeviceError,
    OptionError,
    Protocol,
    UnknownTrainerError,
    names,
    resolve_device,
    trainer,
)

CUDA = torch.cuda.is_available()


def test_digits_is_there_and_is_made_with_its_options() -> None:
    assert "digits" in names()
    made = trainer("digits", {"iterations": 7})
    assert made.protocol.name == "digits"
    assert "7 iterations" in made.protocol.describe()


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownTrainerError, match=r"protocol 'digit' \(did you mean 'digits'\?\)"):
        trainer("digit")
    assert issubclass(UnknownTrainerError, LookupError)


@pytest.mark.parametrize(
    "options",
    [{"iterations": 0}, {"dropout": 1.0}, {"learning_rate": float("nan")}, {"iteration": 5}],
)
def test_bad_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        trainer("digits", options)


def test_all_mistakes_are_named_each_with_its_value_and_what_is_allowed() -> None:
    options = {"batch": 1, "speed": 3, "stages": [0], "precision": "float16", "samples": "many"}
    with pytest.raises(OptionError) as caught:
        trainer("digits", options)
    lines = [line.strip() for line in str(caught.value).splitlines()]
    whole = " of protocol 'digits'"
    assert len(lines) == len(options)
    assert f"option batch{whole} is 1; it must be greater than or equal to 2" in lines
    assert f"option stages{whole}: [0]: give 1 to 8 whole numbers from 1 to 64, as [1, 2]" in lines
    assert f"option precision{whole} is 'float16'; it must be 'float32' or 'bfloat16'" in lines
    assert any(f"option samples{whole} is 'many'; it must be a valid" in line for line in lines)
    assert "protocol 'digits' has no option 'speed'; it has batch, latent, " in lines[-1]


def test_devices() -> None:
    assert resolve_device("cpu") == "cpu"
    assert resolve_device("auto") == ("cuda:0" if CUDA else "cpu")
    for wrong in ("gpu", "cuda:", "cuda:x", "cpu:0", ""):
        with pytest.raises(DeviceError, match="use auto, cpu, cuda or cuda:N"):
            resolve_device(wrong)
    with pytest.raises(DeviceError, match="'cuda:99' is not there"):
        resolve_device("cuda:99")


@pytest.mark.skipif(CUDA, reason="there is a CUDA device")
def test_cuda_is_refused_where_there_is_none() -> None:
    with pytest.raises(ValueError, match="no CUDA device; use auto or cpu"):
        trainer("digits", device="cuda")


def test_the_hash_holds_every_option_and_nothing_else() -> None:
    default = trainer("digits").protocol
    assert trainer("digits", {"iterations": default.model_dump()["iterations"]}).protocol == default
    changes = {
        "iterations": 251,
        "batch": 32,
        "width": 8,
        "latent": 50,
        "dropout": 0.3,
        "learning_rate": 2e-4,
        "beta1": 0.9,
        "beta2": 0.99,
        "epsilon": 1e-8,
        "samples": 500,
        "half_batches": True,
        "stages": (1, 2, 2),
        "precision": "bfloat16",
        "metrics": ("fid",),
    }
    assert {*changes, "name"} == set(default.model_dump())
    hashes = {trainer("digits", {key: value}).protocol.hash() for key, value in changes.items()}
    assert len(hashes | {default.hash()}) == len(changes) + 1


def test_the_hash_of_a_protocol_is_fixed_and_holds_the_version() -> None:
    class Old(Protocol):
        VERSION = 1

    class New(Protocol):
        VERSION = 2

    assert Old(name="x").hash() != New(name="x").hash()
    # SHA-256 of '{"protocol":{"name":"x"},"version":1}': a memo outlives this process.
    golden = "807386949bbc3e724dd0cb2f431c6f5d7b518ef7ba66e0c339441b4afae97d59"
    assert Old(name="x").hash() == golden


def test_asking_for_a_protocol_does_not_import_torch() -> None:
    code = (
        "import sys; from lossgp.trainers import trainer; trainer('digits').protocol.hash(); "
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
